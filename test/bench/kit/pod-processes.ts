/** Processes in cgroups as a kubelet makes them, for pods that no kubelet runs. */
import { mkdirSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cgroupRoot } from '../../kernel/kit/cgroup.ts'
import type { PodPlace } from './cluster-objects.ts'
import { builtPath, Helper } from './process.ts'

/** Starts a process per container, which makes `kinds` different calls once a second. All are gone when it is disposed of. */
export async function startPodProcesses(
  places: readonly PodPlace[],
  kinds: number,
): Promise<AsyncDisposable> {
  const pods = places.map(({ uid }) => join(cgroupRoot(), 'kubepods/burstable', `pod${uid}`))
  const containers = places.flatMap(({ containerIds }, i) => containerIds.map(id => join(pods[i]!, id)))
  for (const folder of containers) mkdirSync(folder, { recursive: true })
  const dwell = new Helper(builtPath('dwell'), [`${kinds}`])
  dwell.write(`${containers.join('\n')}\n\n`)
  await dwell.line('all')
  return {
    async [Symbol.asyncDispose]() {
      await dwell.end()
      for (const folder of [...containers, ...pods]) await removeCgroup(folder)
      const parent = dirname(pods[0]!)
      for (const folder of [parent, dirname(parent)]) await removeCgroup(folder).catch(() => {}) // others may be in it
    },
  }
}

/** A cgroup is busy for a moment after its last process has ended. */
async function removeCgroup(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === 200) throw error
    }
    await delay(5)
  }
}
