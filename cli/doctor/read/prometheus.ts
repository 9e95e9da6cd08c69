/** A Prometheus server, asked what it knows of swoll. */
import { parse } from 'yaml'
import type { PrometheusFacts, TargetFacts } from '../facts.ts'
import { withoutLogin } from './agent.ts'
import { httpGet } from './http-get.ts'

const COUNTERS = '{__name__=~"swoll_node_metrics_syscall_count|swoll_syscall_calls_total"}'
const HISTOGRAM = 'swoll_syscall_duration_seconds'

interface Target {
  readonly scrapePool: string
  readonly scrapeUrl: string
  readonly labels?: { readonly job?: string }
  readonly health: string
  readonly lastError: string
  readonly lastScrape: string
  readonly lastScrapeDuration: number
  readonly scrapeInterval?: string
}
interface ScrapeConfig {
  readonly job_name?: string
  readonly scrape_native_histograms?: boolean
}
interface Config {
  readonly global?: ScrapeConfig
  readonly scrape_configs?: readonly ScrapeConfig[]
}

/** `isAgents`: whether a target with this address is an agent's. */
export async function readPrometheus(
  url: URL,
  isAgents: (url: URL) => boolean,
  nowMs: number,
): Promise<PrometheusFacts> {
  const empty = { url: withoutLogin(url), features: [], targets: [], natives: 0, classics: 0, counters: 0 }
  try {
    const ask = <T>(path: string) => askApi<T>(url, path)
    const [build, flags, { yaml }, { activeTargets }] = await Promise.all([
      ask<{ version: string }>('status/buildinfo'),
      ask<Record<string, string>>('status/flags'),
      ask<{ yaml: string }>('status/config'),
      ask<{ activeTargets: readonly Target[] }>('targets?state=active'),
    ])
    const count = async (query: string) => (await askNumber(url, query)) ?? 0
    const config = parse(yaml) as Config
    return {
      ...empty,
      version: build.version,
      features: (flags['enable-feature'] ?? '').split(',').filter(Boolean),
      targets: activeTargets
        .filter(each => isAgents(new URL(each.scrapeUrl)))
        .map(each => toFacts(each, config, nowMs)),
      counters: await count(`count(${COUNTERS})`),
      natives: await count(`count(histogram_count(${HISTOGRAM}))`),
      classics: await count(`count(${HISTOGRAM}_bucket)`),
      newestAgeS: await askNumber(url, `time() - max(timestamp(${COUNTERS}))`),
    }
  } catch (error) {
    return { ...empty, error: (error as Error).message }
  }
}

async function askApi<T>(url: URL, path: string): Promise<T> {
  const base = url.href.endsWith('/') ? url.href : `${url.href}/`
  const { data } = JSON.parse(await httpGet(new URL(`api/v1/${path}`, base))) as { data?: T }
  if (data === undefined) throw new Error(`api/v1/${path} has no data: this is no Prometheus`)
  return data
}

async function askNumber(url: URL, query: string): Promise<number | undefined> {
  type Vector = { result: readonly { value: readonly [number, string] }[] }
  const { result } = await askApi<Vector>(url, `query?query=${encodeURIComponent(query)}`)
  return result[0] ? Number(result[0].value[1]) : undefined
}

function toFacts(target: Target, { global, scrape_configs = [] }: Config, nowMs: number): TargetFacts {
  const own = scrape_configs.find(({ job_name }) => job_name === target.scrapePool)
  return {
    job: target.labels?.job ?? target.scrapePool,
    url: target.scrapeUrl,
    isUp: target.health === 'up',
    lastError: target.lastError,
    lastAgeS: (nowMs - Date.parse(target.lastScrape)) / 1000,
    intervalS: toSeconds(target.scrapeInterval ?? '1m'),
    durationS: target.lastScrapeDuration,
    takesNatives: own?.scrape_native_histograms ?? global?.scrape_native_histograms ?? false,
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }

/** Prometheus' durations, such as `1m30s`. */
function toSeconds(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[smhd])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * UNITS[unit!]!,
    0,
  )
}
