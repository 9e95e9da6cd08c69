import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventually } from '../../kit/consumers.ts'
import { containerId, podUid, rawPod } from '../../kit/pods.ts'
import { containerRow, startRig, summarize } from './rig.ts'

const APP = containerId('app')

const s = suite('k8s_attributes')

s('names containers of pods that were there before', async () => {
  await using rig = await startRig({ prepare: api => api.put(rawPod()) })
  const [point] = await rig.send([containerRow(APP, podUid(1), 7)])
  assert.equal(point!.resourceAttributes, {
    'container.id': APP,
    'k8s.pod.uid': podUid(1),
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'web-0',
    'k8s.pod.start_time': '2026-01-01T00:00:00Z',
    'k8s.node.name': 'node-a',
    'k8s.container.name': 'app',
    'k8s.container.restart_count': 0,
    'container.image.name': 'registry.example/app',
    'container.image.tag': '1.2',
  })
  assert.is(point!.value, 7n)
})

s('holds a container back until its pod comes, and then sends all of it', async () => {
  await using rig = await startRig()
  assert.equal(await rig.send([containerRow(APP, podUid(1), 3)]), [])
  await eventually(() => rig.api.watchers === 1)
  rig.api.put(rawPod())
  await rig.pods(1)
  assert.equal(summarize(await rig.send([containerRow(APP, podUid(1), 5)])), ['web-0/app: 5'])
})

s.run()
