/** Which of the agent's own metrics say what a component takes, gives and loses. */
import type { Measured } from '../../pipeline/inside.ts'
import type { ComponentStatus } from '../../pipeline/states.ts'
import type { Span } from './rates.ts'

/** Undefined: such a component has none. */
interface Numbers {
  readonly inPerS: number | undefined
  readonly outPerS: number | undefined
  readonly lostPerS: number | undefined
  /** Since the start of the agent. */
  readonly lost: number | undefined
  readonly queue: { readonly size: number; readonly capacity: number } | undefined
}

const NOUNS: Readonly<Record<string, string>> = {
  metrics: 'metric_points',
  logs: 'log_records',
  traces: 'spans',
}

type Names = Partial<Record<'into' | 'out' | 'lost', readonly string[]>>

/** The counters of one kind of component for items of this noun. */
function namesOf(kind: ComponentStatus['kind'], noun: string): Names {
  if (kind === 'receivers') return { out: [`receiver_accepted_${noun}`], lost: [`receiver_refused_${noun}`] }
  if (kind === 'processors') return { into: ['processor_incoming_items'], out: ['processor_outgoing_items'] }
  if (kind === 'connectors') return { into: ['connector_consumed_items'], out: ['connector_produced_items'] }
  const lost = ['send_failed', 'enqueue_failed', 'rejected'].map(word => `exporter_${word}_${noun}`)
  return { out: [`exporter_sent_${noun}`], lost }
}

/** What a component did with data of this pipeline; a component that others share, with all that is of the pipeline's signal. */
export function numbersOf({ kind, id }: ComponentStatus, pipeline: string, span: Span): Numbers {
  const signal = pipeline.split('/')[0]!
  const { into, out, lost } = namesOf(kind, NOUNS[signal]!)
  const isOwn = ({ labels }: Measured) =>
    labels[kind.slice(0, -1)] === id &&
    (kind !== 'processors' || labels.pipeline === pipeline) &&
    (kind !== 'connectors' || labels['otel.signal'] === signal)
  const sum = (values: readonly Measured[], names: readonly string[]) => {
    const wanted = names.map(name => `otelcol_${name}`)
    return values
      .filter(one => wanted.includes(one.name) && isOwn(one))
      .reduce((total, { value }) => total + value, 0)
  }
  const rate = (names?: readonly string[]) =>
    names && (sum(span.now, names) - sum(span.before, names)) / span.seconds
  const ofQueue = (word: string) =>
    span.now.find(
      one => one.name === `otelcol_exporter_queue_${word}` && isOwn(one) && one.labels.data_type === signal,
    )?.value
  const [size, capacity] = [ofQueue('size'), ofQueue('capacity')]
  return {
    inPerS: rate(into),
    outPerS: rate(out),
    lostPerS: rate(lost),
    lost: lost && sum(span.now, lost),
    queue: size === undefined || capacity === undefined ? undefined : { size, capacity },
  }
}
