/** Observes what the real agent reports of many pods that live a moment, and how long that takes. */
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, watching } from './agent.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { runShortPods, type ShortPod } from './short-pods.ts'
import { waitFor } from './wait.ts'

const NODE = 'node-1'
const SCRAPE_EVERY_MS = 200

interface Observed {
  readonly pods: readonly ShortPod[]
  /** Calls by `namespace/pod/container`: the last that a scrape had of each. */
  readonly calls: ReadonlyMap<string, number>
  /** Pod → the time of the first scrape with some of its calls. */
  readonly shownMs: ReadonlyMap<string, number>
  /** Time from the first pod's creation to the end of the last. */
  readonly seconds: number
}

export async function observeShortPods(pods: number, perSecond: number): Promise<Observed> {
  await using cluster = await startCluster({
    hasControllers: false,
    apiServerFlags: ['--disable-admission-plugins=ServiceAccount'], // nobody makes service accounts here
  })
  await waitFor('the namespace', () => cluster.api.get('/api/v1/namespaces/default'))
  using agent = await Agent.start(watching(cluster, { name: NODE }))
  try {
    return await observe(cluster, agent, { pods, perSecond })
  } catch (error) {
    process.stderr.write(cluster.logs())
    throw error
  }
}

async function observe(
  cluster: Cluster,
  agent: Agent,
  rate: { readonly pods: number; readonly perSecond: number },
): Promise<Observed> {
  const calls = new Map<string, number>()
  const shownMs = new Map<string, number>()
  const look = async () => {
    for (const [key, count] of Object.entries(await agent.calls())) {
      if (!calls.has(key)) shownMs.set(key.split('/')[1]!, performance.now())
      calls.set(key, count)
    }
  }
  const beginMs = performance.now()
  let made: readonly ShortPod[] | undefined
  let seconds = 0
  const running = runShortPods({
    api: cluster.api,
    node: NODE,
    folder: cluster.folder,
    lifeMs: [50, 500],
    ...rate,
  }).then(done => {
    made = done
    seconds = (performance.now() - beginMs) / 1000
  })
  running.catch(() => {}) // awaited below
  while (made === undefined) {
    await Promise.race([running, delay(SCRAPE_EVERY_MS)])
    await look()
  }
  const pods: readonly ShortPod[] = made
  await waitFor('every call', async () => {
    await look()
    return pods.every(({ name, calls: count }) => calls.get(`default/${name}/main`) === count)
  }).catch(() => {}) // the caller compares
  return { pods, calls, shownMs, seconds }
}
