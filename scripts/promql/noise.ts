/** The rules of stats/noise.ts as selectors of PromQL. */
import { EXPECTED_ERRORS, RECEIVING_CALLS, WAITING_CALLS } from '../../stats/noise.ts'
import type { Flavour } from './flavour.ts'

/** Matches the calls that wait by nature. */
function waitingCalls({ prefix }: Flavour): string {
  return `${prefix}(${WAITING_CALLS.join('|')})`
}

/** Calls that do not wait by nature. Folded rows, of which nobody knows which calls they are, are none of them. */
export function working(flavour: Flavour): string {
  return `${flavour.labels.syscall}!~"|${waitingCalls(flavour)}"`
}

/** Calls that do not get what somebody else sends. */
export function notReceiving({ labels, prefix }: Flavour): string {
  return `${labels.syscall}!~"${prefix}(${RECEIVING_CALLS.join('|')})"`
}

/** Calls that failed; folded rows are none of them. */
export function failed({ labels, ok }: Flavour): string {
  return ok === '' ? `${labels.err}!=""` : `${labels.err}!~"|${ok}"`
}

/** Calls that succeeded, and those of folded rows. */
export function succeeded({ labels, ok }: Flavour): string {
  return ok === '' ? `${labels.err}=""` : `${labels.err}="${ok}"`
}

/**
 * Matchers of calls that failed and are not to be expected. Each list selects other series, and all together select each such series
 * once: they are to be joined by `or`.
 */
export function trouble(flavour: Flavour): readonly (readonly string[])[] {
  const { err, syscall } = flavour.labels
  const always = EXPECTED_ERRORS.filter(rule => !rule.syscalls).flatMap(({ errors }) => errors)
  const ofCalls = groupByCalls()
  const known = [...always, ...ofCalls.flatMap(({ errors }) => errors)]
  const nothing = flavour.ok === '' ? '' : `|${flavour.ok}`
  return [
    [`${err}!~"${nothing}|${known.join('|')}"`],
    ...ofCalls.map(({ errors, calls }) => [
      `${err}=~"${errors.join('|')}"`,
      `${syscall}!~"${flavour.prefix}(${calls.join('|')})"`,
    ]),
  ]
}

/** Errors that are to be expected of some calls, those of the same calls together. */
function groupByCalls(): { readonly errors: string[]; readonly calls: readonly string[] }[] {
  const callsOf = new Map<string, string[]>()
  for (const { errors, syscalls } of EXPECTED_ERRORS)
    for (const error of syscalls ? errors : [])
      callsOf.set(error, [...(callsOf.get(error) ?? []), ...syscalls!])
  const groups = new Map<string, string[]>()
  for (const [error, calls] of callsOf) {
    const key = calls.join('|')
    groups.set(key, [...(groups.get(key) ?? []), error])
  }
  return [...groups].map(([calls, errors]) => ({ errors, calls: calls.split('|') }))
}
