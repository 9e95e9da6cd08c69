/** `swoll trace` on a real node: pods by label, that are there and that come, by the API server and by the container runtime. */
// Has for itself: pods (of those of others nobody here can tell the names, which is said as a loss).
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli } from '../../kit/cli.ts'
import { lacksBpf, requireAll } from '../../kit/skip.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { createPod, waitForPod } from '../kit/kubernetes/pods.ts'
import { withNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksBpf(), lacksNode())

/** Returns the number of printed calls of each container. */
function countLines(text: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [, who] of text.matchAll(/^\( *[\d.]+ms\) (\S+): \[/gm)) counts[who!] = (counts[who!] ?? 0) + 1
  return counts
}

const s = suite('swoll trace on a node of Kubernetes')
s('shows every call of the pods that match, and of no others, from the first', () =>
  withNode(async (cluster, node) => {
    const { api } = cluster
    await createPod(api, { name: 'old', labels: { app: 'web' }, args: ['3', 'forever'] })
    await waitForPod(api, { name: 'old' }, ({ status }) => status.phase === 'Running')
    const sources = [
      ['--kubeconfig', cluster.kubeconfig(), '--node', node.name, '-f', 'status.phase!=Failed'],
      ['--cri', node.criSocket],
    ] as const
    const watchers = sources.map(
      source =>
        new RunningCli(['trace', 'app in (web,db),!canary', '-s', `${CALLER_SYSCALL},execve`, ...source]),
    )
    try {
      for (const watcher of watchers) await watcher.logged(/tracing .* of [12] containers?, and of those/)
      for (const [name, labels, calls] of [
        ['web', { app: 'web' }, '211'],
        ['db', { app: 'db' }, '101'],
        ['canary', { app: 'web', canary: 'yes' }, '7'],
        ['other', { app: 'other' }, '11'],
      ] as const)
        await createPod(api, { name, labels, args: [calls, '0'] })
      for (const watcher of watchers) {
        await watcher.printed(/main\.web\.default/)
        for (const name of ['web', 'db', 'canary', 'other'])
          await waitForPod(api, { name }, ({ status }) => status.phase === 'Succeeded')
        await new Promise(resolve => setTimeout(resolve, 1000))
        watcher.kill('SIGINT')
        assert.is(await watcher.ended(), 0)
        const counts = countLines(watcher.stdout)
        const mains = Object.entries(counts).filter(([who]) => who.startsWith('main.'))
        // Each of them became the caller first, by execve.
        assert.equal(Object.fromEntries(mains.sort()), { 'main.db.default': 102, 'main.web.default': 212 })
      }
    } finally {
      for (const watcher of watchers) watcher[Symbol.dispose]()
    }
  }),
)
s.run()
