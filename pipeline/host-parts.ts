import type { Host } from './component.ts'
import { type Reported, worstOf } from './states.ts'

/** A host for each part of one component. The component is what the worst of them is: what one says, no other takes back. */
export function hostsOfParts(host: Host, parts: number): Host[] {
  const fine: { readonly state: Reported; readonly cause: Error | undefined } = {
    state: 'ok',
    cause: undefined,
  }
  const states = Array.from({ length: parts }, () => fine)
  return states.map((_, part) => ({
    ...host,
    report(state, cause) {
      states[part] = { state, cause }
      const worst = worstOf(states)
      host.report(worst.state, worst.cause)
    },
  }))
}
