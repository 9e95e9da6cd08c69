import { defineCheck, type Said } from '../check.ts'
import type { Facts } from '../facts.ts'
import { formatCount, formatShare } from '../format.ts'
import { Metrics } from '../metrics-text.ts'

const NEAR = 0.8
type Id =
  | 'exports_failed'
  | 'exports_rejected'
  | 'queue_overflowed'
  | 'queue_near'
  | 'pipeline_dropped'
  | 'output_lost'

/** Losses of exporters by the beginning of the counter, with what each is about. */
const LOSSES: readonly [Id, RegExp, string][] = [
  ['exports_failed', /^otelcol_exporter_send_failed_\w+$/, 'exporter'],
  ['exports_rejected', /^otelcol_exporter_rejected_\w+$/, 'exporter'],
  ['queue_overflowed', /^otelcol_exporter_enqueue_failed_\w+$/, 'exporter'],
  ['pipeline_dropped', /^otelcol_fanout_dropped_\w+$/, 'consumer'],
]
/** Counters of what somebody did not get. */
const OUTPUTS: readonly [name: string, label: string, what: string][] = [
  ['otelcol_log_dropped_lines', '', 'lines of the log'],
  ['otelcol_extension_trace_api_missed_messages', 'reason', 'messages to clients of the API'],
  ['otelcol_extension_trace_api_lost_audit_records', 'reason', 'records of the audit log'],
  ['otelcol_http_dropped_connections', 'reason', 'connections'],
]
/** Connections that end so end as they should. */
const HARMLESS = ['idle', 'silent']
/** Ids of exporters whose queue has another key; the older name of the type is an id, too. */
const REMOTE_WRITE = /^prometheus_?remote_?write(\/|$)/

export const agentExports = defineCheck<Id>({
  name: 'exports',
  asks: 'Whether what was counted arrives: failures and queues of exporters, slow consumers, lost outputs',
  entries: {
    exports_failed: {
      severity: 'problem',
      title: 'An exporter has given up on data',
      consequence: 'That data is lost to the receiver; of cumulative metrics the next batch makes up for it.',
      remedy:
        'The log says what the other side answered: address, TLS, login. retry_on_failure::max_elapsed_time says how long it is tried.',
    },
    exports_rejected: {
      severity: 'warning',
      title: 'A receiver refuses a part of what it gets',
      consequence: 'Those items are lost.',
      remedy: 'The log says why: often limits or timestamps of the other side.',
    },
    queue_overflowed: {
      severity: 'problem',
      title: 'The queue of an exporter was full',
      consequence: 'What came then is lost to its receiver.',
      remedy: 'Make the receiver faster, or the queue larger.',
    },
    queue_near: {
      severity: 'warning',
      title: 'The queue of an exporter fills up',
      consequence: 'When it is full, data is lost.',
      remedy: 'Make the receiver faster, or the queue larger.',
    },
    pipeline_dropped: {
      severity: 'warning',
      title: 'An exporter was too slow, and went without batches',
      consequence: 'Of cumulative metrics the next batch makes up for it; logs and traces are lost to it.',
      remedy: 'Look at the other side; a sending_queue decouples it.',
    },
    output_lost: {
      severity: 'note',
      title: 'Readers did not get everything',
      consequence: 'Those readers were slow, or too many; others were not disturbed.',
      remedy: 'Let them read faster, or ask for less.',
    },
  },
  judge({ agent }: Facts) {
    if (agent === undefined || agent.error !== undefined) return undefined
    const metrics = new Metrics(agent.after)
    const said = [...sayLosses(metrics), ...sayQueues(metrics), ...sayOutputs(metrics)]
    if (said.length > 0) return said
    const sent = metrics.by(/^otelcol_exporter_sent_\w+$/, 'exporter')
    return (
      [...sent].map(([exporter, items]) => `${exporter}: ${formatCount(items)} items`).join(', ') ||
      'nothing yet'
    )
  },
})

function sayLosses(metrics: Metrics): Said<Id>[] {
  const sent = metrics.by(/^otelcol_exporter_sent_\w+$/, 'exporter')
  return LOSSES.flatMap(([id, name, label]) =>
    [...metrics.by(name, label)].map(([who, items]) => {
      const of = sent.get(who)
      return {
        id,
        evidence: `${who}: ${formatCount(items)} items${of === undefined ? '' : `, ${formatCount(of)} were sent`}; must be 0`,
        ...(id === 'queue_overflowed' && { setting: toQueue(metrics, who) }),
      }
    }),
  )
}

function toQueue(metrics: Metrics, exporter: string): string {
  const capacity = metrics.sum('otelcol_exporter_queue_capacity', { exporter }) || 1000
  const queue = REMOTE_WRITE.test(exporter) ? 'remote_write_queue' : 'sending_queue'
  return `exporters::${exporter}::${queue}::queue_size: ${capacity * 2}`
}

function sayQueues(metrics: Metrics): Said<Id>[] {
  return [...metrics.by('otelcol_exporter_queue_size', 'exporter')].flatMap(([who, size]) => {
    const capacity = metrics.sum('otelcol_exporter_queue_capacity', { exporter: who })
    if (!(size > capacity * NEAR)) return []
    const evidence = `${who}: ${formatCount(size)} of ${formatCount(capacity)}, above ${formatShare(NEAR)}`
    return [{ id: 'queue_near' as const, evidence, setting: toQueue(metrics, who) }]
  })
}

function sayOutputs(metrics: Metrics): Said<Id>[] {
  return OUTPUTS.flatMap(([name, label, what]) => {
    const reasons = [...metrics.by(name, label)].filter(([reason]) => !HARMLESS.includes(reason))
    if (reasons.length === 0) return []
    const parts = reasons.map(([reason, count]) => `${formatCount(count)}${reason ? ` (${reason})` : ''}`)
    return [{ id: 'output_lost' as const, evidence: `${what}: ${parts.join(', ')}` }]
  })
}
