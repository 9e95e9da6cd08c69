/** Rules and alerts are what their generator makes; each alert says what is the matter, and where to read on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { documentsOf, renderRules } from '../../scripts/generate-rules.ts'
import { FLAVOUR, FLAVOURS } from '../../scripts/promql/flavour.ts'
import { trouble } from '../../scripts/promql/noise.ts'
import { WORKLOAD } from '../../scripts/promql/workload.ts'
import { EXPECTED_ERRORS, expectedError, isWaiting, WAITING_CALLS } from '../../stats/noise.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const files = suite('the files')
files('are what the generator makes', () => {
  for (const [path, text] of renderRules())
    assert.is(readFileSync(path, 'utf8'), text, `${path}: run node scripts/generate-rules.ts`)
})
files.run()

const alerts = suite('an alert')
const { groups } = parse(readFileSync(join(ROOT, 'deploy/prometheus/alerts.yaml'), 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap(group => group.rules)
const page = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8')
const headings = new Set([...page.matchAll(/^### (\w+)$/gm)].map(found => found[1]))
for (const { alert, labels, annotations } of rules)
  alerts(`${alert} has a severity, a summary, a description with its number, and a page to read`, () => {
    assert.ok(['info', 'warning', 'critical'].includes(labels.severity!))
    assert.ok(annotations.summary!.length > 10)
    assert.ok(annotations.description!.length > 40)
    assert.is(annotations.runbook, `docs/troubleshooting.md#${alert!.toLowerCase()}`)
    assert.ok(headings.has(alert!), `docs/troubleshooting.md: has no heading ${alert}`)
  })
alerts('leads to where the documents are published, if anybody has said where', () => {
  const text = renderRules('https://example.com/docs/').get(join(ROOT, 'deploy/prometheus/alerts.yaml'))!
  assert.is(
    text.split('runbook_url: https://example.com/docs/troubleshooting.md#swoll').length,
    rules.length + 1,
  )
  assert.not.match(text, 'runbook: ')
})
for (const [repository, want] of [
  [undefined, undefined],
  ['github:a/b', undefined],
  ['https://git.example/a/b', 'https://git.example/a/b/blob/v1.2.3/docs'],
  [{ url: 'git+https://git.example/a/b.git' }, 'https://git.example/a/b/blob/v1.2.3/docs'],
] as const)
  alerts(`by the repository ${JSON.stringify(repository)}`, () =>
    assert.is(documentsOf({ version: '1.2.3', ...(repository && { repository }) }), want),
  )
alerts.run()

/** Whether series with these labels are selected by all matchers of a list, as Prometheus does it: anchored. */
function matches(matchers: readonly string[], labels: Readonly<Record<string, string>>): boolean {
  return matchers.every(matcher => {
    const [, name, operator, pattern] = /^(\w+)(=~|!~|!=|=)"(.*)"$/.exec(matcher)!
    const value = labels[name!] ?? ''
    const isEqual = operator!.includes('~') ? new RegExp(`^(?:${pattern})$`).test(value) : value === pattern
    return operator!.startsWith('!') ? !isEqual : isEqual
  })
}

const noise = suite('trouble')
for (const id of FLAVOURS)
  noise(`is with ${id} names what stats/noise.ts says, each series selected once or not at all`, () => {
    const flavour = FLAVOUR[id]
    const errors = [...new Set(EXPECTED_ERRORS.flatMap(rule => rule.errors)), 'EACCES', 'ENOSPC', 'OK', '']
    const calls = [
      ...new Set(EXPECTED_ERRORS.flatMap(rule => rule.syscalls ?? [])),
      ...WAITING_CALLS,
      'fsync',
    ]
    for (const error of errors)
      for (const call of calls) {
        const isError = error !== '' && error !== 'OK'
        const labels = {
          [flavour.labels.syscall]: `${flavour.prefix}${call}`,
          [flavour.labels.err]: error === 'OK' ? flavour.ok : error,
        }
        const times = trouble(flavour).filter(matchers => matches(matchers, labels)).length
        assert.is(times, isError && !expectedError(call, error) ? 1 : 0, `${call} ${error}`)
      }
    assert.ok(isWaiting('futex'))
  })
noise.run()

const workloads = suite('the workload of a pod')
for (const [pod, want] of [
  ['web-7d9c5b6f4d-x2x9z', 'web'],
  ['shop-api-6bc4f79f65-2wq5n', 'shop-api'],
  ['db-0', 'db'],
  ['db-12', 'db'],
  ['agent-kx7wp', 'agent'],
  ['backup-29384710-vtq8d', 'backup'],
  ['coredns-5d78c9869d-nbl6c', 'coredns'],
  ['kube-apiserver-node', 'kube-apiserver-node'],
  ['single', 'single'],
] as const)
  workloads(`${pod} is ${want}`, () => {
    assert.is(new RegExp(`^${WORKLOAD}$`).exec(pod)?.[1], want)
  })
workloads.run()
