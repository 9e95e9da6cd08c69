/** Servers that fail in each way there is: each point is sent or counted as lost, and docs/delivery.md says which. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAuthority } from '../kit/certificates.ts'
import { never } from '../kit/context.ts'
import { freePort } from '../kit/free-port.ts'
import { checkGenerated } from '../kit/generated.ts'
import { requireCommand } from '../kit/skip.ts'
import { signExpired } from './kit/expired-certificate.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { POINTS, startPushing } from './kit/pushing.ts'
import { type ProtocolName, type ScriptedServer, type Step, startScripted } from './kit/scripted-servers.ts'

requireCommand('openssl')

const PROTOCOLS = ['otlp_grpc', 'otlp_http', 'prometheus_remote_write'] as const
const BATCHES = 5
const ALL = BATCHES * POINTS

interface Fault {
  readonly name: string
  /** Of each request of a server that is there from the start. */
  readonly script?: (request: number) => Step
  /** In place of that: the server begins when batches wait; the host has no address; its certificate has expired. */
  readonly instead?: 'late' | 'nameless' | 'expired'
  readonly config?: object
  readonly retry?: object
  /** In the log. */
  readonly says?: RegExp
}

const SHORT = { max_elapsed_time: '200ms' }
/** The second request meets it. */
const once = (step: Step) => (request: number) => (request === 2 ? step : 'take')

const FAULTS: readonly Fault[] = [
  { name: 'nobody listens until all waits', instead: 'late' },
  {
    name: 'takes a request, and does not answer within `timeout`',
    script: once('hang'),
    config: { timeout: '3s' },
  },
  { name: 'takes a request, and cuts the connection in place of an answer', script: once('cut') },
  { name: '503; UNAVAILABLE', script: once('away') },
  { name: '429 or RESOURCE_EXHAUSTED, with Retry-After or RetryInfo', script: once('slow') },
  { name: '429 or RESOURCE_EXHAUSTED, without', script: once('full') },
  { name: '400; INVALID_ARGUMENT', script: once('bad') },
  { name: 'takes all but one point of a request', script: once('part') },
  { name: '503 or UNAVAILABLE for longer than `max_elapsed_time`', script: () => 'away', retry: SHORT },
  { name: 'its certificate has expired', instead: 'expired', retry: SHORT, says: /expired/i },
  { name: 'its name has no address', instead: 'nameless', retry: SHORT, says: /address|resol|ENOTFOUND/i },
]

const authority = createAuthority()
const expired = signExpired(authority)

/** No program asks a server for a name as long. */
const NAMELESS = `${'a'.repeat(64)}.invalid`

interface Outcome {
  readonly sent: number
  readonly lost: number
  readonly rejected: number
  /** Requests that the server has again. */
  readonly again: number
}

async function measure(
  protocol: ProtocolName,
  { script, instead, config = {}, retry, says }: Fault,
): Promise<Outcome> {
  const port = await freePort()
  const isSecure = instead === 'expired'
  const open = () =>
    startScripted(protocol, { port, ...(script && { script }), ...(isSecure && { tls: expired }) })
  await using stack = new AsyncDisposableStack()
  let server: ScriptedServer | undefined
  if (instead !== 'late') server = stack.use(await open())
  const host = instead === 'nameless' ? NAMELESS : '127.0.0.1'
  const given = {
    endpoint: `${isSecure ? 'https' : 'http'}://${host}:${port}`,
    timeout: '20s',
    ...(isSecure && { tls: { ca_file: authority.caFile } }),
    ...config,
  }
  const { exporter, consume, settled, count, errors } = await startPushing(protocol, given, retry)
  for (let n = 1; n <= BATCHES; n++) await consume(n)
  if (server === undefined) server = stack.use(await open())
  await waitFor('each point to be sent or lost', async () => (await settled()) === ALL)
  await exporter.shutdown(never)
  if (says) assert.match(errors().join('\n'), says)
  assert.is(await settled(), ALL)
  const [sent, lost, rejected] = await Promise.all(['sent', 'send_failed', 'rejected'].map(count))
  const distinct = new Set(server.has)
  // Everything that is said to be sent is there, and all that is there in the order in which it came.
  assert.is(distinct.size * POINTS, sent! + rejected!)
  assert.equal([...distinct], [...distinct].toSorted())
  return { sent: sent!, lost: lost!, rejected: rejected!, again: server.has.length - distinct.size }
}

function describe({ sent, lost, rejected, again }: Outcome): string {
  const parts = [
    sent === ALL ? 'all sent' : sent === 0 ? 'all lost' : `${sent} of ${ALL} sent`,
    ...(lost > 0 && lost < ALL ? [`${lost} lost`] : []),
    ...(rejected > 0 ? [`${rejected} rejected`] : []),
    ...(again > 0 ? [`${again} request twice`] : []),
  ]
  return parts.join(', ')
}

const s = suite('a server')
const rows: string[] = []
for (const fault of FAULTS)
  s(`that fails: ${fault.name}`, async () => {
    const outcomes = await Promise.all(PROTOCOLS.map(protocol => measure(protocol, fault)))
    for (const { sent, lost, rejected } of outcomes) assert.is(sent + lost + rejected, ALL)
    rows.push(`| ${[fault.name, ...outcomes.map(describe)].join(' | ')} |`)
  })
s('fails in no way that docs/delivery.md does not tell', () => {
  const head = `| Of ${BATCHES} requests the second meets: | ${PROTOCOLS.map(name => `\`${name}\``).join(' | ')} |\n|---|---|---|---|`
  checkGenerated('docs/delivery.md', 'faults', [head, ...rows].join('\n'))
})
s.run()
