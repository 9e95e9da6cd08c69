/** A thousand pods that live for half a second at most: every call of each is counted under its name, and under no other. */
// Alone: so many pods a second are named in time only where nothing else is busy.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../../kit/skip.ts'
import { sorted } from '../kit/kubernetes/agent.ts'
import { lacksCluster } from '../kit/kubernetes/cluster.ts'
import { observeShortPods } from '../kit/kubernetes/short-pods-observed.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('runc'), lacksCommand('cc'), lacksCluster())

const s = suite('1,000 pods, 20 a second, each living for 50 to 500 ms')
s('are named, with all their calls', async () => {
  const { pods, calls } = await observeShortPods(1000, 20)
  const expected = Object.fromEntries(pods.map(({ name, calls }) => [`default/${name}/main`, calls]))
  assert.is(pods.length, 1000)
  assert.equal(sorted(Object.fromEntries(calls)), sorted(expected))
})
s.run()
