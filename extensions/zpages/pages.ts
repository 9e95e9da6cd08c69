/** The pages: of the process, its pipelines, its extensions and its feature gates. */
import { arch, hostname, platform, release } from 'node:os'
import type { HealthView } from '../../pipeline/health.ts'
import { toHtml } from '../../pipeline/http/answer.ts'
import type { Inside } from '../../pipeline/inside.ts'
import { type ComponentStatus, isError } from '../../pipeline/states.ts'
import { type Cell, number, PATHS, page, table } from './html.ts'
import { numbersOf } from './numbers.ts'
import type { Span } from './rates.ts'

const REFRESH_S = 5
const NOTHING: Span = { seconds: 1, before: [], now: [] }

export function servicePage({ version, measure }: Partial<Inside>, health: HealthView): string {
  const startedMs = Date.now() - process.uptime() * 1000
  const { rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const facts = [
    ['Version', `swoll ${version ?? ''}`],
    ['Runtime', `Node.js ${process.version}, V8 ${process.versions.v8}`],
    ['System', `${platform()} ${release()}, ${arch()}`],
    ['Host', hostname()],
    ['Process', String(process.pid)],
    ['Started', new Date(startedMs).toISOString()],
    ['Up for', `${Math.floor(process.uptime())} s`],
    ['CPU time', `${((user + system) / 1e6).toFixed(1)} s`],
    ['Memory', `${(rss / 2 ** 20).toFixed(0)} MiB resident`],
    ['Own metrics', measure ? 'measured' : 'none: service::telemetry::metrics::level'],
  ]
  const checks = health
    .ready()
    .map(({ name, problem }) => [name, { text: problem ?? 'ok', isBad: !!problem }])
  const body = `${table(['About', ''], facts)}<h2>Health</h2>${table(['Check', 'Result'], checks)}`
  return page('Service', body)
}

const HEAD = [
  'Component',
  'State',
  ...['In/s', 'Out/s', 'Lost/s', 'Lost', 'Queue'].map(text => ({ text, isNumber: true })),
]

/** A table for each pipeline, in the order of the data. `isLive`: the page comes again by itself. */
export function pipelinesPage(
  statuses: readonly ComponentStatus[],
  span: Span | undefined,
  isLive: boolean,
): string {
  const pipelines = [...new Set(statuses.flatMap(status => status.pipelines))].sort()
  const tables = pipelines.map(id => {
    const rows = membersOf(statuses, id).map(status => toRow(status, id, span))
    return `<h2>${toHtml(id)}</h2>${table(HEAD, rows)}`
  })
  const said = span
    ? `Rates are of the last ${span.seconds.toFixed(1)} s; items are points, log records or spans. Losses are since the start.`
    : 'Nothing is measured: service::telemetry::metrics::level is none.'
  const link = isLive
    ? `<a href="${PATHS.pipelinez}?refresh=off">Hold still</a>`
    : `<a href="${PATHS.pipelinez}">Go on</a>`
  return page('Pipelines', `<p>${said} ${link}</p>${tables.join('\n')}`, isLive ? REFRESH_S : undefined)
}

/** The components of a pipeline. They start from its end to its beginning. */
function membersOf(statuses: readonly ComponentStatus[], pipeline: string): ComponentStatus[] {
  return statuses.filter(status => status.pipelines.includes(pipeline)).reverse()
}

function toRow(status: ComponentStatus, pipeline: string, span: Span | undefined): (string | Cell)[] {
  const { inPerS, outPerS, lostPerS, lost, queue } = numbersOf(status, pipeline, span ?? NOTHING)
  const shown = span ? [inPerS, outPerS, lostPerS, lost].map(number) : ['', '', '', '']
  const text = queue ? `${number(queue.size).text} of ${number(queue.capacity).text}` : ''
  return [`${status.kind}::${status.id}`, toState(status), ...shown, { text, isNumber: true }]
}

function toState({ state, cause }: ComponentStatus): Cell {
  return { text: cause ? `${state}: ${cause.message}` : state, isBad: isError(state) }
}

export function extensionsPage(statuses: readonly ComponentStatus[]): string {
  const rows = statuses
    .filter(({ kind }) => kind === 'extensions')
    .map(status => [
      status.id,
      toState(status),
      new Date(Number(status.sinceUnixNano / 1_000_000n)).toISOString(),
    ])
  return page('Extensions', table(['Extension', 'State', 'Since'], rows))
}

export function featuresPage({ gates = [] }: Partial<Inside>): string {
  const rows = gates.map(({ id, isOn, stage, description }) => [id, isOn ? 'on' : 'off', stage, description])
  return page('Feature gates', table(['Gate', '', 'Stage', 'Meaning'], rows))
}
