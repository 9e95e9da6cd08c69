/** Profiles over HTTP, at Go's paths. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../../pipeline/clock.ts'
import { answer } from '../../pipeline/http/answer.ts'
import type { Exchange, Route } from '../../pipeline/http/route.ts'
import { pause } from '../../pipeline/pause.ts'
import { createCpuStacks, startCpu } from './cpu.ts'
import { createHeapStacks, type HeapView, startHeap } from './heap.ts'
import type { Stacks } from './stacks.ts'

/** Go's default for CPU profiles. */
const DEFAULT_SECONDS = 30
/** V8 keeps every sample until the end: 100 a second. */
const MOST_SECONDS = 300

/** A kind of profile. Of what excludes each other one runs at a time. */
interface ProfileKind {
  readonly name: string
  readonly title: string
  readonly uses: 'cpu' | 'heap'
  readonly create: () => Stacks
  readonly start: () => Promise<(stacks: Stacks) => Promise<void>>
}

const heap = (name: string, view: HeapView, title: string): ProfileKind => ({
  name,
  title,
  uses: 'heap',
  create: () => createHeapStacks(view),
  start: () => startHeap(view),
})

const KINDS: readonly ProfileKind[] = [
  {
    name: 'profile',
    title: 'CPU profile of the agent',
    uses: 'cpu',
    create: createCpuStacks,
    start: startCpu,
  },
  heap('heap', 'inuse', 'Memory that the agent took and kept'),
  heap('allocs', 'alloc', 'Memory that the agent took'),
]

interface RouteParts {
  readonly clock: Clock
  /** What runs now, `cpu` or `heap`; a profile of the whole run is in it as well. */
  readonly busy: Set<ProfileKind['uses']>
}

/** `/debug/pprof/profile`, `heap` and `allocs`, each with `?seconds=`. */
export function profileRoutes(parts: RouteParts): Route[] {
  return KINDS.map(kind => ({
    path: `/debug/pprof/${kind.name}`,
    title: `${kind.title}, for go tool pprof; takes ${DEFAULT_SECONDS} s, or ?seconds=`,
    handle: exchange => handle(kind, parts, exchange),
  }))
}

async function handle(kind: ProfileKind, { clock, busy }: RouteParts, exchange: Exchange): Promise<void> {
  const { request, response, query } = exchange
  const seconds = decodeSeconds(query)
  if (seconds === undefined)
    return answer(response, 400, `seconds: must be a number from 1 to ${MOST_SECONDS}; leave it out for 30\n`)
  if (busy.has(kind.uses))
    return answer(
      response,
      409,
      `A ${kind.uses} profile is being taken already; ask again when it has ended\n`,
    )
  if (request.method === 'HEAD') return answer(response, 200, '', TYPE)
  if (!exchange.goOn()) return answer(response, 503, 'Too many answers that go on; ask again later\n')
  busy.add(kind.uses)
  try {
    const body = await take(kind, seconds * 1000, clock, exchange)
    if (body !== undefined && !exchange.client.isGone)
      response.writeHead(200, { ...TYPE, 'Content-Length': body.length }).end(body)
    else response.destroy()
  } finally {
    busy.delete(kind.uses)
  }
}

const TYPE = {
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': 'attachment; filename="profile.pb.gz"',
}

/** Undefined if nobody waits for it any more. */
async function take(
  kind: ProfileKind,
  lastsMs: number,
  clock: Clock,
  { response, closing }: Exchange,
): Promise<Buffer | undefined> {
  const left = new AbortController()
  response.once('close', () => left.abort())
  const unixNano = clock.unixNano()
  const beganMs = clock.monotonicMs()
  const stop = await kind.start()
  const stacks = kind.create()
  await pause(clock, lastsMs, left.signal, closing)
  const durationMs = clock.monotonicMs() - beganMs
  await stop(stacks)
  if (left.signal.aborted || closing.aborted) return undefined
  return await promisify(gzip)(stacks.encode({ unixNano, durationMs }))
}

function decodeSeconds(query: string): number | undefined {
  const given = new URLSearchParams(query).get('seconds')
  if (given === null) return DEFAULT_SECONDS
  const seconds = /^\d+(\.\d+)?$/.test(given) ? Number(given) : 0
  return seconds >= 1 && seconds <= MOST_SECONDS ? seconds : undefined
}
