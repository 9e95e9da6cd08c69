/**
 * How late the names of pods that live 50 to 500 ms come, against a real API server. What is exact of this is in
 * test/e2e/kubernetes/short-pods.test.ts, which runs the same.
 *
 *     node test/bench/short-pods.bench.ts [PODS [PODS_PER_SECOND]]
 */
import { lacksCluster } from '../e2e/kit/kubernetes/cluster.ts'
import { observeShortPods } from '../e2e/kit/kubernetes/short-pods-observed.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { quantile } from './kit/stats.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('runc'), lacksCommand('cc'), lacksCluster())

const [count = 1000, perSecond = 20] = process.argv.slice(2).map(Number)
const { pods, calls, shownMs, seconds } = await observeShortPods(count, perSecond)
const made = pods.reduce((sum, pod) => sum + pod.calls, 0)
const named = pods.reduce((sum, { name }) => sum + (calls.get(`default/${name}/main`) ?? 0), 0)
const since = (begin: (pod: (typeof pods)[number]) => number) => {
  const ms = pods.map(pod => (shownMs.get(pod.name) ?? Number.NaN) - begin(pod))
  return [0.5, 0.99, 1].map(q => (quantile(ms, q) / 1000).toFixed(2))
}
const told = pods.map(pod => pod.toldMs - pod.startedMs)
process.stdout.write(`${count} pods in ${seconds.toFixed(1)} s; ${named} of ${made} calls under the right name.
The kubelet of this bench looks at its containers once a second; the agent collects once a second, and is asked five times a second.

${toTable(
  ['seconds', 'p50', 'p99', 'most'],
  [
    ['from the first call to the first named sample', ...since(pod => pod.startedMs)],
    [
      '  of which until the API server is told of the container',
      ...[0.5, 0.99, 1].map(q => (quantile(told, q) / 1000).toFixed(2)),
    ],
    ['  and from then on', ...since(pod => pod.toldMs)],
  ],
)}
`)
