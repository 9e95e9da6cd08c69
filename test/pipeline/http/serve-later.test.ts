/** A listener whose certificate comes after it: the process goes on, is not ready, and listens once the files are there. */
import { copyFileSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ListenerLease } from '../../../pipeline/http/lease.ts'
import { serveLater } from '../../../pipeline/http/serve-later.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { fakeClock } from '../../kit/clock.ts'
import { createContext, recordingHost, recordingLogger } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'

const authority = createAuthority()
const pair = authority.sign('first', 'DNS:localhost')

function prepare() {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-later-'))
  const at = (name: string) => join(folder.path, name)
  const [clock, host, log] = [fakeClock(), recordingHost(), recordingLogger()]
  const config = {
    endpoint: { host: '127.0.0.1', port: 0 },
    tls: { cert_file: at('cert'), key_file: at('key'), min_version: '1.2' as const },
    read_header_timeout: 10_000,
    write_timeout: 30_000,
    idle_timeout: 120_000,
  }
  const leases: ListenerLease[] = []
  const handle = ({ response }: { response: { end(text: string): void } }) => response.end('here')
  const start = (isPatient = true) =>
    serveLater(host, createContext(config, { log }), {
      kind: 'extensions',
      routes: [{ path: '/who', title: 'Who', handle: handle as never }],
      failure: 'failed',
      clock,
      isPatient,
      onServing: lease => leases.push(lease),
    })
  /** Lets it look until this is so. */
  const looked = async (isSo: () => boolean) => {
    for (let i = 0; i < 2000 && !isSo(); i++) {
      await clock.advance(10_000)
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.ok(isSo())
  }
  const come = () => {
    copyFileSync(pair.certFile, at('cert'))
    copyFileSync(pair.keyFile, at('key'))
  }
  return { at, clock, host, log, leases, start, looked, come, [Symbol.dispose]: () => folder.remove() }
}

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port, path: '/who', ca: authority.ca, servername: 'localhost', agent: false }
    get(options, answer => answer.setEncoding('utf8').on('data', resolve)).on('error', reject)
  })
}

const never = AbortSignal.abort()
const s = suite('serveLater')
s('serves at once where the files are there', async () => {
  using ready = prepare()
  ready.come()
  const lease = await ready.start()
  assert.is(await ask(ready.leases[0]!.endpoint.port), 'here')
  assert.equal(ready.host.reports, [])
  await lease.release(never)
})
s('serves when the files have come, and until then says which is missing', async () => {
  using ready = prepare()
  const lease = await ready.start()
  assert.is(ready.leases.length, 0)
  const [{ status, cause }] = ready.host.reports as [{ status: string; cause: Error }]
  assert.is(status, 'recoverable')
  assert.match(cause.message, /^extensions::test::tls: .*\/cert is not there yet; this listens once it is$/)
  copyFileSync(pair.certFile, ready.at('cert'))
  for (let i = 0; i < 5; i++) await ready.clock.advance(10_000)
  assert.is(ready.leases.length, 0, 'the key is missing still')
  assert.equal(ready.host.beats, [])
  ready.come()
  await ready.looked(() => ready.leases.length === 1)
  await ready.looked(() => ready.host.reports.length === 2)
  assert.is(ready.host.reports[1]!.status, 'ok')
  assert.equal(ready.host.beats, ['extensions::test::tls is there stopped'])
  assert.is(await ask(ready.leases[0]!.endpoint.port), 'here')
  await lease.release(never)
  assert.is(ready.clock.pending(), 0)
})
s('logs what is wrong with the files that have come, and takes better ones', async () => {
  using ready = prepare()
  const lease = await ready.start()
  for (const name of ['cert', 'key']) writeFileSync(ready.at(name), 'x')
  await ready.looked(() => ready.log.lines.length > 0)
  assert.match(String(ready.log.lines[0]!.fields.error), /^extensions::test::tls: cert_file /)
  assert.is(ready.leases.length, 0)
  ready.come()
  await ready.looked(() => ready.leases.length === 1)
  await lease.release(never)
})
s('ends while it waits', async () => {
  using ready = prepare()
  const lease = await ready.start()
  await lease.release(never)
  assert.is(ready.clock.pending(), 0)
  ready.come()
  await ready.clock.advance(60_000)
  assert.is(ready.leases.length, 0)
})
s('rejects where the files are there and wrong', async () => {
  using ready = prepare()
  for (const name of ['cert', 'key']) writeFileSync(ready.at(name), 'x')
  await rejects(ready.start(), 'TLS_INVALID')
})
s('rejects where they are not there, and it is not to wait', async () => {
  using ready = prepare()
  const error = await rejects(ready.start(false), 'TLS_INVALID')
  assert.match(error.message, /^extensions::test::tls: cert_file .*\/cert: does not exist; check the path$/)
})
s.run()
