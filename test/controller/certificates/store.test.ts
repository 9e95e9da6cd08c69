/** Certificates in the objects of a namespace: nothing is made, what is there is filled, and nobody's write is lost. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renewStored } from '../../../controller/certificates/store.ts'
import { ApiError } from '../../../kubernetes/client/api-error.ts'
import { never } from '../../kit/context.ts'

const SETTINGS = {
  name: 'swoll',
  dnsNames: ['localhost'],
  authorityLifetimeMs: 86_400_000,
  servingLifetimeMs: 3_600_000,
  overlapMs: 0,
}
const START_MS = Date.UTC(2026, 0, 1)

interface Stored {
  readonly metadata: { readonly resourceVersion: string }
  readonly data?: Readonly<Record<string, string>>
}

/** Three empty objects, with versions as an API server has them. */
class Objects {
  readonly byPath = new Map<string, Stored>()
  readonly writes: string[] = []
  /** Runs before each write. */
  meanwhile: () => void = () => {}
  constructor(paths = ['secrets/swoll-ca', 'secrets/swoll-tls', 'configmaps/swoll-ca']) {
    for (const path of paths) this.byPath.set(path, { metadata: { resourceVersion: '1' } })
  }

  readonly client = {
    send: async <T>({ verb, object, body }: SendRequest): Promise<T> => {
      const path = `${object.resource}/${object.name}`
      if (verb === 'update') this.meanwhile()
      const present = this.byPath.get(path)
      if (!present) throw new ApiError('not found', { status: 404 })
      if (verb === 'get') return present as T
      const version = (body as Stored).metadata.resourceVersion
      if (version !== present.metadata.resourceVersion) throw new ApiError('conflict', { status: 409 })
      this.touch(path, (body as Stored).data)
      this.writes.push(path)
      return body as T
    },
  }

  /** Somebody writes it. */
  touch(path: string, data = this.byPath.get(path)!.data): void {
    const resourceVersion = `${Number(this.byPath.get(path)!.metadata.resourceVersion) + 1}`
    this.byPath.set(path, { metadata: { resourceVersion }, ...(data && { data }) })
  }

  run(nowMs = START_MS, isRotation = false) {
    const store = { client: this.client, namespace: 'swoll', name: 'swoll', abort: never }
    return renewStored(store, SETTINGS, { nowMs, isRotation })
  }

  keys(path: string): string[] {
    return Object.keys(this.byPath.get(path)!.data ?? {})
  }
}
type SendRequest = Parameters<Parameters<typeof renewStored>[0]['client']['send']>[0]

const s = suite('certificates of a release')
s('fill what the chart has made, the key of the authority in a Secret that agents do not mount', async () => {
  const objects = new Objects()
  const { changes, endsMs } = await objects.run()
  assert.is(changes.length, 2)
  assert.is(endsMs, START_MS + SETTINGS.servingLifetimeMs)
  assert.equal(objects.keys('secrets/swoll-ca'), ['tls.crt', 'tls.key'])
  assert.equal(objects.keys('secrets/swoll-tls'), ['tls.crt', 'tls.key', 'ca.crt'])
  assert.match(objects.byPath.get('configmaps/swoll-ca')!.data!['ca.crt']!, /^-----BEGIN CERTIFICATE-----\n/)
})
s('write nothing when nothing is due', async () => {
  const objects = new Objects()
  await objects.run()
  objects.writes.length = 0
  assert.equal((await objects.run(START_MS + 60_000)).changes, [])
  assert.equal(objects.writes, [])
})
s('are kept over a rotation: the old authority is trusted still', async () => {
  const objects = new Objects()
  await objects.run()
  await objects.run(START_MS + 1000, true)
  assert.equal(objects.keys('secrets/swoll-ca'), ['tls.crt', 'tls.key', 'next.crt', 'next.key'])
  await objects.run(START_MS + 2000)
  assert.equal(objects.keys('secrets/swoll-ca'), ['tls.crt', 'tls.key', 'old.crt'])
  const bundle = objects.byPath.get('configmaps/swoll-ca')!.data!['ca.crt']!
  assert.is(bundle.match(/BEGIN CERTIFICATE/g)!.length, 2)
  assert.equal((await objects.run(START_MS + 3000)).changes, [])
})
s('are read again where somebody else has written meanwhile', async () => {
  const objects = new Objects()
  let left = 3
  objects.meanwhile = () => {
    if (left-- > 0) objects.touch('secrets/swoll-ca')
  }
  await objects.run()
  assert.equal(objects.writes, ['secrets/swoll-ca', 'configmaps/swoll-ca', 'secrets/swoll-tls'])
})
s('give up where somebody always does', async () => {
  const objects = new Objects()
  objects.meanwhile = () => objects.touch('secrets/swoll-ca')
  const error = await objects.run().catch(error => error)
  assert.is(error.status, 409)
})
s('say who makes what is missing', async () => {
  const error = await new Objects(['secrets/swoll-ca']).run().catch(error => error)
  assert.match(error.message, /secrets swoll-tls of the namespace swoll: must be there: the chart makes it/)
})
s.run()
