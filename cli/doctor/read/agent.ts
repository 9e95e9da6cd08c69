/** An agent as it is seen from outside: its own metrics, twice; and what this host knows of it. */
import { systemClock } from '../../../pipeline/clock.ts'
import { pause } from '../../../pipeline/pause.ts'
import type { AgentFacts } from '../facts.ts'
import { reachableAddress } from '../format.ts'
import { parseMetrics, type Sample } from '../metrics-text.ts'
import type { Needs } from '../needs.ts'
import { type Activity, findBlind, lookAtContainers } from './blind.ts'
import { readMemory } from './cgroups.ts'
import { httpGet } from './http-get.ts'
import { findListener } from './ports.ts'

const LOCAL = ['localhost', '127.0.0.1', '[::1]']

interface Question {
  readonly url: URL
  readonly isNamed: boolean
  readonly needs: Needs
  readonly waitMs: number
}

export async function readAgent({ url, isNamed, needs, waitMs }: Question): Promise<AgentFacts> {
  const given = { url: withoutLogin(url), isNamed }
  try {
    const before = await readSamples(url)
    const containers = lookAtContainers(needs.roots, toldAfterS(needs))
    const startMs = systemClock.monotonicMs()
    await pause(systemClock, waitMs)
    const after = await readSamples(url)
    const process = LOCAL.includes(url.hostname) ? findListener(Number(url.port || 80)) : undefined
    return {
      ...given,
      before,
      after,
      elapsedMs: systemClock.monotonicMs() - startMs,
      ...(process && { process, memory: readMemory(process.pid), ...(await blindOf(needs, containers)) }),
    }
  } catch (error) {
    return { ...given, error: (error as Error).message, before: [], after: [], elapsedMs: 0 }
  }
}

/** A container that is as old is in two collections. */
const toldAfterS = ({ counting }: Needs) => ((counting?.intervalMs ?? 10_000) * 3) / 1000

async function readSamples(url: URL): Promise<Sample[]> {
  const samples = parseMetrics(await httpGet(url))
  if (samples.some(({ name }) => name.startsWith('otelcol_'))) return samples
  throw new Error("has no metric that begins with otelcol_: these are not an agent's own metrics")
}

/** Containers that work and have no series, where the agent of this configuration serves its series on this host. */
async function blindOf(
  needs: Needs,
  before: Activity | undefined,
): Promise<Pick<AgentFacts, 'blind' | 'containers'>> {
  const served = needs.listeners.find(({ place }) => place.startsWith('exporters::prometheus'))
  if (served === undefined || before === undefined || needs.counting?.leavesOut || needs.hasSums) return {}
  try {
    const series = await httpGet(new URL(`http://${reachableAddress(served)}/metrics`))
    return findBlind(before, lookAtContainers(needs.roots, toldAfterS(needs)), series)
  } catch {
    return {} // with TLS, or elsewhere
  }
}

export function withoutLogin(url: URL): string {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  return shown.href
}
