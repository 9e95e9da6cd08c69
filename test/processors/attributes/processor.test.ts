import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Attributes } from '../../../pipeline/data/attributes.ts'
import { factory } from '../../../processors/attributes/factory.ts'
import { processors } from '../../../processors/attributes/processor.ts'
import { config as resourceConfig } from '../../../processors/resource/config.ts'
import { processors as ofResources } from '../../../processors/resource/processor.ts'
import { sink } from '../../kit/consumers.ts'
import { createContext, never } from '../../kit/context.ts'
import { logsOf, spansOf } from '../../kit/log-batch.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'

const { config } = factory
const s = suite('attributes and resource processors')

const GIVEN: Attributes = { name: 'read', pid: 42, load: 1.5, ok: true, text: '17', pod: 'web-7f9-abcde' }
/** SHA-256 of `read`, of 42 and of 1.5 as 8 bytes, the low one first, and of one byte 1, by Python's hashlib. */
const HASHES = {
  name: '3316348dbadfb7b11c7c2ea235949419e23f9fa898ad2c198f999617912a9925',
  pid: 'ed049108bc18f2c64369e8d0ea42850bdd1a7d1dd340cfde716315579702a76c',
  ok: '4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a',
  load: 'e163f8cb0f7067a7fc78ca859a77f849aea3214f38fb75b884e4a16be725c905',
}
/** Each action and what it changes. */
const ROWS: readonly (readonly [string, object, Record<string, unknown>])[] = [
  ['insert a new one', { key: 'new', value: 'x', action: 'insert' }, { new: 'x' }],
  ['insert one that is there', { key: 'name', value: 'x', action: 'insert' }, {}],
  ['update', { key: 'name', value: 7, action: 'update' }, { name: 7 }],
  ['update one that is not there', { key: 'new', value: 7, action: 'update' }, {}],
  ['upsert', { key: 'name', value: false, action: 'UPSERT' }, { name: false }],
  ['from another', { key: 'copy', from_attribute: 'name', action: 'upsert' }, { copy: 'read' }],
  ['from another that is not there', { key: 'copy', from_attribute: 'none', action: 'upsert' }, {}],
  [
    'from a default',
    { key: 'copy', from_attribute: 'none', default_value: 'd', action: 'upsert' },
    { copy: 'd' },
  ],
  ['delete', { key: 'name', action: 'delete' }, { name: undefined }],
  [
    'delete by pattern',
    { pattern: '^(name|p.*)$', action: 'delete' },
    { name: undefined, pid: undefined, pod: undefined },
  ],
  [
    'extract',
    { key: 'pod', pattern: '^(?P<app>.*)-(?P<set>[^-]+)-[^-]+$', action: 'extract' },
    { app: 'web', set: '7f9' },
  ],
  ['extract without a match', { key: 'pod', pattern: '^(?P<app>x)$', action: 'extract' }, {}],
  ['convert to int', { key: 'text', action: 'convert', converted_type: 'int' }, { text: 17 }],
  ['convert what cannot be', { key: 'name', action: 'convert', converted_type: 'int' }, {}],
  ['convert to text', { key: 'load', action: 'convert', converted_type: 'string' }, { load: '1.5' }],
]

for (const [name, action, change] of ROWS)
  s(`${name}: ${JSON.stringify(action)}`, async () => {
    const want = Object.fromEntries(
      Object.entries({ ...GIVEN, ...change }).filter(([, value]) => value !== undefined),
    )
    const batch = metricsBatch([
      { resource: { id: 'a', attributes: GIVEN }, attributes: GIVEN, values: { calls: 1 } },
    ])
    const next = sink()
    await processors.metrics(createContext(config.parse({ actions: [action] })), next).consume(batch, never)
    assert.equal(toPoints(next.batches[0]!)[0]!.attributes, want)
    await ofResources
      .metrics(createContext(resourceConfig.parse({ attributes: [action] })), next)
      .consume(batch, never)
    assert.equal(next.batches[1]!.resources[0]!.attributes, want)
  })

s('hashes with SHA-256, as the Collector does', async () => {
  const next = sink()
  const actions = [{ pattern: '^(name|pid|ok|load)$', action: 'hash' }]
  const batch = metricsBatch([{ attributes: GIVEN, values: { calls: 1 } }])
  await processors.metrics(createContext(config.parse({ actions })), next).consume(batch, never)
  const { name, pid, ok, load } = toPoints(next.batches[0]!)[0]!.attributes
  assert.equal({ name, pid, ok, load }, HASHES)
})

s('changes log records and spans', async () => {
  const actions = [
    { key: 'n', value: 1, action: 'insert' },
    { key: 'comm', action: 'delete' },
  ]
  const rows = [{ text: 'a', attributes: { comm: 'sh', pid: 1n } }, { text: 'b' }]
  const logs = sink<'logs'>()
  await processors.logs(createContext(config.parse({ actions })), logs).consume(logsOf(rows), never)
  assert.equal(
    logs.batches[0]!.tables[0]!.attributes.map(({ key }) => key),
    ['pid', 'n'],
  )
  const spans = sink<'traces'>()
  await processors.traces(createContext(config.parse({ actions })), spans).consume(spansOf(rows), never)
  assert.equal(
    spans.batches[0]!.tables[0]!.attributes.map(({ key }) => key),
    ['pid', 'n'],
  )
})

s('adds up what becomes alike, of points and of resources', async () => {
  const row = (id: string, name: string, calls: number) => ({
    resource: { id, attributes: { pod: id } },
    attributes: { name },
    values: { calls },
  })
  const batch = metricsBatch([row('a', 'read', 1), row('a', 'write', 2), row('b', 'read', 4)])
  const next = sink()
  await processors
    .metrics(createContext(config.parse({ actions: [{ key: 'name', action: 'delete' }] })), next)
    .consume(batch, never)
  await ofResources
    .metrics(
      createContext(resourceConfig.parse({ attributes: [{ key: 'pod', value: 'all', action: 'update' }] })),
      next,
    )
    .consume(batch, never)
  const [points, resources] = next.batches.map(one => toPoints(one).map(({ value }) => value))
  assert.equal(points, [3n, 4n])
  assert.equal(resources, [5n, 2n])
})

const WRONG: readonly (readonly [object, string])[] = [
  [{ action: 'insert', value: 1 }, 'key: must be set'],
  [{ key: 'a', action: 'insert' }, 'value: must be set for insert'],
  [
    { key: 'a', action: 'insert', value: 1, from_attribute: 'b' },
    'from_attribute: must not be set beside value',
  ],
  [{ key: 'a', action: 'update', value: 1, pattern: 'b' }, 'pattern: must not be set for update'],
  [{ key: 'a', action: 'delete', value: 1 }, 'value: must not be set for delete'],
  [{ key: 'a', action: 'delete', converted_type: 'int' }, 'converted_type: must not be set for delete'],
  [{ action: 'delete', pattern: '(' }, 'pattern: must be a regular expression'],
  [{ key: 'a', action: 'extract' }, 'pattern: must be set for extract'],
  [{ key: 'a', action: 'extract', pattern: '(x)' }, 'pattern: must have named groups'],
  [{ key: 'a', action: 'convert' }, 'converted_type: must be set for convert'],
]
for (const [action, want] of WRONG)
  s(`refuses ${JSON.stringify(action)}`, () => {
    const [issue] = config.safeParse({ actions: [action] }).error!.issues
    assert.ok(`${issue!.path.at(-1) as string}: ${issue!.message}`.startsWith(want), issue!.message)
  })

s.run()
