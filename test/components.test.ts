/** Every registered component keeps what all components promise. The ebpf receiver, which needs the kernel, is only looked at; trace_jobs does not start where nobody takes jobs. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../cli/components.ts'
import { KIND_NAMES } from '../pipeline/kinds.ts'
import { createContext } from './kit/context.ts'
import { checkDescribed, checkLifecycle } from './kit/lifecycle.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'swoll-storage-'))
process.once('exit', () => rmSync(FOLDER, { recursive: true }))

/** The least that each type needs. */
const CONFIGS: Readonly<Record<string, object>> = {
  prometheus: { endpoint: '127.0.0.1:0' },
  otlp_grpc: { endpoint: '127.0.0.1:4317', tls: { insecure: true } },
  otlp_http: { endpoint: 'http://127.0.0.1:4318' },
  prometheus_remote_write: { endpoint: 'http://127.0.0.1:9090/api/v1/write' },
  file: { path: '/dev/null' },
  k8s_attributes: { passthrough: true },
  memory_limiter: { check_interval: '1s', limit_mib: 4000 },
  attributes: { actions: [{ key: 'a', action: 'delete' }] },
  resource: { attributes: [{ key: 'a', action: 'delete' }] },
  routing: { table: [{ condition: 'true', pipelines: ['logs/a'] }] },
  file_storage: { directory: FOLDER },
  health_check: { endpoint: '127.0.0.1:0' },
  bearertokenauth: { token: 'a' },
  oauth2client: { client_id: 'a', client_secret: 'b', token_url: 'http://localhost/token' },
  basicauth: { client_auth: { username: 'a' } },
}

const registry = await loadRegistry()
const s = suite('every component')
for (const factory of KIND_NAMES.flatMap(kind => [...registry[kind].values()])) {
  const { type, kind } = factory
  if (type !== 'ebpf')
    s(`${type}, one of the ${kind}`, () =>
      checkLifecycle(factory, CONFIGS[type] ?? {}, { canStart: type !== 'trace_jobs' }),
    )
  if (kind === 'extensions')
    s(`${type} offers something for each of its roles, and nothing else`, () => {
      const part = factory.create(createContext(factory.config.parse(CONFIGS[type] ?? {})), {})
      assert.equal(Object.keys(part.offers ?? {}), factory.roles ?? [])
    })
  s(`${factory.type} describes itself and each of its keys`, () => {
    assert.match(factory.type, /^[a-z][a-z0-9_]*$/)
    assert.match(factory.description, /^[A-Z].*[^.]$/)
    checkDescribed(factory.config)
  })
}
s.run()
