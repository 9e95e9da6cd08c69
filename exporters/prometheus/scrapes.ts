/** The route of the metrics: scrapes in turn, each sent as fast as its client reads. */
import type { Clock } from '../../pipeline/clock.ts'
import { answer } from '../../pipeline/http/answer.ts'
import type { Exchange, Route } from '../../pipeline/http/route.ts'
import { type Turn, Turns } from '../../pipeline/http/turns.ts'
import { acceptsGzip } from '../shared/accept-header.ts'
import { CONTENT_TYPES, type Format, negotiateFormat } from './negotiate.ts'
import { type Sent, sendChunks } from './send.ts'
import type { Scrape } from './telemetry.ts'

interface ScrapesOptions {
  readonly path: string
  readonly maxScrapes: number
  readonly offersOpenMetrics: boolean
  readonly clock: Clock
  /** Returns the chunks to send, each valid until the next is asked for. `delivered` is called once all was sent. */
  readonly open: (format: Format) => { readonly chunks: Iterable<Uint8Array>; delivered(): void }
  readonly onScrape: (scrape: Scrape, error?: Error) => void
}

/** Half of what Prometheus waits for a scrape by default. */
const PATIENCE_MS = 5_000

export function createScrapes(options: ScrapesOptions): Route {
  const { path, maxScrapes, offersOpenMetrics, clock, open, onScrape } = options
  const turns = new Turns({ max: maxScrapes, patienceMs: PATIENCE_MS, clock })
  const handle = async (exchange: Exchange): Promise<void> => {
    const startMs = clock.monotonicMs()
    const format = negotiateFormat(exchange.request.headers.accept, offersOpenMetrics)
    const report = (status: Scrape['status'], bytes: number, error?: Error) =>
      onScrape({ format, status, bytes, seconds: (clock.monotonicMs() - startMs) / 1000 }, error)
    const turn = await turns.take(exchange.client)
    if (!turn) return refuse(exchange, report)
    try {
      const body = open(format)
      const { bytes, error } = await send(exchange, format, body.chunks, turn)
      if (error) return report('aborted', bytes, error)
      if (exchange.request.method === 'HEAD') return
      body.delivered()
      report('200', bytes)
    } catch (error) {
      report('500', 0, error as Error)
      throw error
    } finally {
      turn.end()
    }
  }
  return { path, title: 'Metrics', handle }
}

function refuse(
  { client, response }: Exchange,
  report: (status: Scrape['status'], bytes: number) => void,
): void {
  if (!client.isGone)
    answer(response, 503, 'Too many scrapes at once; see max_concurrent_scrapes\n', { 'Retry-After': '1' })
  report(client.isGone ? 'aborted' : '503', 0)
}

async function send(
  { request, response }: Exchange,
  format: Format,
  chunks: Iterable<Uint8Array>,
  turn: Turn,
): Promise<Sent> {
  const isGzip = acceptsGzip(String(request.headers['accept-encoding'] ?? ''))
  response.writeHead(200, {
    'Content-Type': CONTENT_TYPES[format],
    ...(isGzip && { 'Content-Encoding': 'gzip' }),
    Vary: 'Accept, Accept-Encoding',
  })
  if (request.method === 'HEAD') {
    response.end()
    return { bytes: 0 }
  }
  return sendChunks(chunks, response, isGzip, turn.progressed)
}
