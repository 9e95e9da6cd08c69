/** A test process that is killed cannot clean up; the next one that starts a node does. */
// Shares: pods.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireAll } from '../../kit/skip.ts'
import { removeForgotten } from '../kit/kubernetes/forgotten.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { listNodeCgroups } from '../kit/kubernetes/node-cgroup.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'

requireAll(lacksNode())

const KIT = new URL('../kit/kubernetes/', import.meta.url).href
/** Starts a node with a pod on it, and then is killed. */
const VICTIM = `
import { createPod, waitForPod } from '${KIT}pods.ts'
import { withNode } from '${KIT}with-cluster.ts'
await withNode(async ({ api }) => {
  await createPod(api, { name: 'left', args: ['0', 'forever'] })
  await waitForPod(api, { name: 'left' }, ({ status }) => status.phase === 'Running')
  process.kill(process.pid, 'SIGKILL')
})
`
const cgroupsOf = (owner: number) => listNodeCgroups().filter(({ pid }) => pid === owner)
const foldersOf = (owner: number) => readdirSync(tmpdir()).filter(name => name.includes(`-${owner}-`))

const s = suite('removeForgotten')
s('removes the pods, cgroups and folders of a process that was killed', async () => {
  const { pid, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', VICTIM])
  assert.is(signal, 'SIGKILL')
  assert.is(cgroupsOf(pid).length, 1)
  assert.is(foldersOf(pid).length, 2)
  await waitFor('the end of the process', async () => {
    await removeForgotten()
    return cgroupsOf(pid).length === 0
  })
  assert.equal(foldersOf(pid), [])
})
s.run()
