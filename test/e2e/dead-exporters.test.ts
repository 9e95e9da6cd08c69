/** Three exporters of a pipeline, of which one talks to a server that takes everything and never answers: the others do not notice. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countPoints } from '../../pipeline/data/items.ts'
import { Fanout, PATIENCE_MS } from '../../pipeline/graph/fanout.ts'
import { never, nopLogger } from '../kit/context.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { batchOf, POINTS, startPushing } from './kit/pushing.ts'
import { type ProtocolName, startScripted } from './kit/scripted-servers.ts'

const PROTOCOLS = ['otlp_grpc', 'otlp_http', 'prometheus_remote_write'] as const
const BATCHES = 100
const ALL = BATCHES * POINTS
/** Between two batches, ms; of a collector it is seconds. */
const PACE_MS = 10
/** What a busy machine may take on top, ms. A dead exporter that is waited for takes 500 ms a batch, 50 s in all. */
const SLACK_MS = 15_000

/** Two batches under way or waiting are all that an exporter may have. */
const small = (protocol: ProtocolName, blocks: boolean) =>
  protocol === 'prometheus_remote_write'
    ? { remote_write_queue: { queue_size: 2 } }
    : { sending_queue: { queue_size: 2, block_on_overflow: blocks } }

async function run(dead: ProtocolName, blocks: boolean) {
  await using stack = new AsyncDisposableStack()
  let dropped = 0
  const onDrop = (_: string, batch: ReturnType<typeof batchOf>) => {
    dropped += countPoints(batch)
  }
  const fanout = new Fanout<'metrics'>({ log: nopLogger, onDrop })
  const exporters = await Promise.all(
    PROTOCOLS.map(async protocol => {
      const isDead = protocol === dead
      const server = stack.use(await startScripted(protocol, { script: () => (isDead ? 'hang' : 'take') }))
      const own = isDead ? small(protocol, blocks) : {}
      const given = { endpoint: `http://127.0.0.1:${server.port}`, timeout: '60s', ...own }
      return { protocol, ...(await startPushing(protocol, given)) }
    }),
  )
  fanout.connect(
    exporters.map(({ protocol, exporter }) => ({ name: protocol, consumer: exporter.consumers.metrics! })),
  )
  const startMs = performance.now()
  for (let n = 1; n <= BATCHES; n++) {
    await fanout.consume(batchOf(n), never).catch(() => {}) // the dead one's refusal
    await new Promise(resolve => setTimeout(resolve, PACE_MS))
  }
  const tookMs = performance.now() - startMs
  const others = exporters.filter(({ protocol }) => protocol !== dead)
  await waitFor('the others to have sent all', async () => {
    const sent = await Promise.all(others.map(({ count }) => count('sent')))
    return sent.every(points => points === ALL)
  })
  await Promise.all(exporters.map(({ exporter }) => exporter.shutdown(AbortSignal.abort())))
  const { count, settled } = exporters.find(({ protocol }) => protocol === dead)!
  return { tookMs, dropped, sent: await count('sent'), settled: await settled() }
}

const s = suite('a dead exporter of three')
for (const dead of PROTOCOLS)
  for (const blocks of dead === 'prometheus_remote_write' ? [false] : [false, true])
    s(
      `${dead}, which ${blocks ? 'waits for room in' : 'drops at'} its full queue: the others send all`,
      async () => {
        const { tookMs, dropped, sent, settled } = await run(dead, blocks)
        assert.ok(tookMs < BATCHES * PACE_MS + PATIENCE_MS + SLACK_MS, `took ${tookMs} ms`)
        assert.is(sent, 0)
        assert.is(settled + dropped, ALL)
        assert.is(dropped > 0, blocks)
      },
    )
s.run()
