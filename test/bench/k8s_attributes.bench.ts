/**
 * The cost of k8s_attributes per collection once the pods are known, by what it adds up, beside a Map of strings that adds up calls alone.
 *
 *     node test/bench/k8s_attributes.bench.ts [ROWS]
 */
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { toAggregate } from '../../processors/k8s_attributes/aggregate.ts'
import type { Decision, Send } from '../../processors/k8s_attributes/resolver.ts'
import { Rewriter } from '../../processors/k8s_attributes/rewriter.ts'
import { toTable } from './kit/table.ts'
import { meanMs, nodeBatch } from './processors-batches.ts'

const ROWS = Number(process.argv[2] ?? 100_000)
const CONTAINERS = 250
/** Two containers make a pod, five pods a workload: 25 workloads. */
const [PER_POD, PER_WORKLOAD] = [2, 10]

/** Two batches by turns, in which 30 % of the rows differ. */
const batches = [0, 1].map(step =>
  nodeBatch({ rows: ROWS, rowsPerResource: Math.ceil(ROWS / CONTAINERS), step, moving: 0.3 }),
)
const batchOf = (round: number) => batches[round % 2]!

const own = (container: number, label = ''): Send => ({
  kind: 'send',
  resource: { id: `container-${container}`, attributes: { 'k8s.pod.name': `pod-${container}`, label } },
  isNamed: true,
  isShared: false,
})
const pod = (container: number): Send => shared('pod', Math.floor(container / PER_POD))
const workload = (container: number): Send => shared('workload', Math.floor(container / PER_WORKLOAD))
const shared = (level: 'pod' | 'workload', n: number): Send => {
  const attributes = { 'k8s.namespace.name': 'shop', [`k8s.${level}.name`]: `${level}-${n}` }
  return { kind: 'send', resource: toAggregate(level, { attributes }), isNamed: true, isShared: true }
}

const decideAll = (decide: (container: number) => Decision) =>
  batches[0]!.resources.map((_, container) => decide(container))

function measure(before: readonly Decision[], decisions = before): { ms: number; series: number } {
  const rewriter = new Rewriter(0)
  rewriter.rewrite(batchOf(0), before, 0)
  let series = 0
  const ms = meanMs(round => {
    series = rewriter.rewrite(batchOf(round), decisions, 0).out.tables[0]!.rows
  })
  return { ms, series }
}

/** Adds up the calls of each workload and attribute set; no times, no histograms, no past. */
function sumNaively({ tables }: MetricsBatch): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const { rows, resource, attributes, metrics } of tables)
    for (let row = 0; row < rows; row++) {
      const values = attributes.map(({ key, values, codes }) => `${key}=${values[codes[row]!]}`)
      const key = `${Math.floor(resource[row]! / PER_WORKLOAD)}|${values.join('|')}`
      sums.set(key, (sums.get(key) ?? 0n) + (metrics[0] as { values: BigUint64Array }).values[row]!)
    }
  return sums
}

const containers = decideAll(container => own(container))
const relabelled = decideAll(container => own(container, container === 7 ? 'new' : ''))
const CASES: readonly (readonly [name: string, before: readonly Decision[], then?: readonly Decision[]])[] = [
  ['aggregate_to: container', containers],
  ['the same, one of them relabelled', containers, relabelled],
  ['aggregate_to: pod', decideAll(pod)],
  ['aggregate_to: workload', decideAll(workload)],
  ['the same, all of them late', containers, decideAll(workload)],
]
const lines = CASES.map(([name, before, decisions]) => {
  const { ms, series } = measure(before, decisions)
  return [name, String(series), ms.toFixed(2), ((ms * 1e6) / ROWS).toFixed(0)]
})
const naive = meanMs(round => void sumNaively(batchOf(round)))
lines.push(['a Map of strings, calls alone', '', naive.toFixed(2), ((naive * 1e6) / ROWS).toFixed(0)])
const head = [`${ROWS} series of ${CONTAINERS} containers`, 'series sent', 'ms', 'ns a row']
process.stdout.write(`${toTable(head, lines)}\n`)
