/** The extension as a part of an agent: its listener, its end, its reload. */
import { createRequire } from 'node:module'
import net from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../extensions/trace_api/config.ts'
import { TraceApi } from '../../../extensions/trace_api/extension.ts'
import { Services } from '../../../pipeline/services.ts'
import { eventually } from '../../kit/consumers.ts'
import { createContext, never, nopHost, recordingHost } from '../../kit/context.ts'
import { freePorts } from '../../kit/free-port.ts'
import { rejects } from '../../kit/rejects.ts'
import { fakeTable } from '../../trace/jobs/fake-machine.ts'
import { openWebSocket, startApi } from './kit.ts'

/** Whether fastify is in the process. */
const isLoaded = () =>
  Object.keys(createRequire(import.meta.url).cache).some(path => path.includes('/node_modules/fastify/'))

const s = suite('TraceApi')
s('loads what answers requests with the first of them (this test must be the first)', async () => {
  await using rig = await startApi()
  assert.is(isLoaded(), false)
  await rig.ask('/jobs')
  assert.is(isLoaded(), true)
})
s('says that its port is taken, and where to change that (S2)', async () => {
  const other = net.createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => other.once('listening', resolve))
  try {
    const { port } = other.address() as net.AddressInfo
    const error = await rejects(
      startApi({ given: { endpoint: `127.0.0.1:${port}` } }),
      'COMPONENT_START_FAILED',
    )
    assert.match(
      error.message,
      /^extensions::trace_api::endpoint: must be a port that nobody else listens on/,
    )
  } finally {
    other.close()
  }
})
s('gives its address to its successor, while clients of the old one are told to come back', async () => {
  const [port] = (await freePorts(1)) as [number]
  const services = new Services()
  const { table } = fakeTable()
  const start = async () => {
    const context = createContext(config.parse({ endpoint: `127.0.0.1:${port}` }), { id: 'trace_api' })
    const lease = async () => services.lease('table', () => table)
    const api = new TraceApi(context, lease)
    await api.start(nopHost(services), never)
    return api
  }
  const older = await start()
  const url = `http://127.0.0.1:${port}`
  const body = JSON.stringify({ from: 'all', syscalls: ['close'] })
  await fetch(`${url}/jobs?id=a`, { method: 'POST', body })
  const client = await openWebSocket(`${url}/jobs/a/ws`)
  const newer = await start()
  await older.shutdown(never)
  assert.is(await client.closed, 1001)
  const back = await openWebSocket(`${url}/jobs/a/ws`)
  assert.is(back.headers['swoll-run'], client.headers['swoll-run'], 'the job goes on')
  await newer.shutdown(AbortSignal.abort())
  assert.is(await back.closed, 1001)
})
s('does not work again while it waits for its certificate, though its pods are known', async () => {
  const services = new Services()
  const { table } = fakeTable()
  const host = recordingHost(services)
  const tls = { cert_file: '/nowhere/tls.crt', key_file: '/nowhere/tls.key' }
  const given = config.parse({ endpoint: '127.0.0.1:0', tls, wait_for_certificate: true })
  let tell = () => {}
  const api = new TraceApi(createContext(given, { id: 'trace_api' }), async of => {
    tell = () => of.report('ok')
    return services.lease('table', () => table)
  })
  await api.start(host, never)
  tell()
  assert.is(host.reports.at(-1)!.status, 'recoverable')
  await api.shutdown(never)
})
s('ends at its deadline, with a client that reads nothing (S7)', async () => {
  await using rig = await startApi()
  await rig.createJob('a', { syscalls: ['close'], rateLimit: 0 })
  const stalled = net.connect({ port: rig.api.endpoint!.port, host: '127.0.0.1' })
  stalled.on('error', () => {})
  stalled.write('GET /jobs/a/sse HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await eventually(() => rig.table.find('a')!.status().clients === 1)
  stalled.pause()
  for (let i = 0; i < 10; i++) await rig.makeCalls(1000)
  const deadline = new AbortController()
  const ended = rig.api.shutdown(deadline.signal)
  await new Promise(resolve => setImmediate(resolve))
  deadline.abort()
  await ended
  stalled.destroy()
})
s.run()
