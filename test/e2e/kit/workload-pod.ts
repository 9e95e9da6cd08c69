/** Workloads of the kernel tests as containers of pods, which know what they did. */
import { createHash, randomUUID } from 'node:crypto'
import * as assert from 'uvu/assert'
import { type Report, workloadPath } from '../../kernel/kit/workload.ts'
import { runContainer } from './runc.ts'

export interface WorkloadPod {
  readonly uid: string
  readonly containerId: string
  /** `getpgid ESRCH` → how many; without the calls that never return. */
  readonly made: Readonly<Record<string, number>>
}

/** Runs one to its end. runc itself makes calls in a container before that, under names such as `runc:[2:INIT]`. */
export async function runWorkloadPod(workload: string, ...args: readonly string[]): Promise<WorkloadPod> {
  const uid = randomUUID()
  const containerId = createHash('sha256').update(uid).digest('hex')
  const { exitCode, stdout } = await runContainer({
    program: workloadPath(workload),
    args,
    podUid: uid,
    containerId,
    capabilities: ['CAP_SETUID'], // for `mixed`
  })
  assert.is(exitCode, 0)
  const { expected } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Report
  const returned = expected.filter(({ outcome }) => outcome === null)
  const made = returned.map(({ syscall, error, calls }) => [`${syscall} ${error ?? ''}`.trim(), calls])
  return { uid, containerId, made: Object.fromEntries(made) }
}
