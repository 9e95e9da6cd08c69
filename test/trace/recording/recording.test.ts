/** A recording reads back as it was written, and damage is reported: with files, as users have them. */
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Attributes } from '../../../pipeline/data/attributes.ts'
import type { SwollError } from '../../../pipeline/errors.ts'
import { printCall } from '../../../syscalls/decode/print.ts'
import { encodeBlock, MAX_CONTENTS } from '../../../trace/recording/blocks.ts'
import { BATCH, encodeContents, HEADER } from '../../../trace/recording/contents.ts'
import { openRecording } from '../../../trace/recording/reader.ts'
import { Recorder } from '../../../trace/recording/writer.ts'
import { Scratch } from '../../kit/cli.ts'
import { HEADER_FACTS } from '../../kit/recording.ts'
import { rejects } from '../../kit/rejects.ts'
import { batchOf, CONTAINER, type Happening, thread, UNIT } from '../../kit/trace-batch.ts'

const nginx = thread({ tid: 7, resource: CONTAINER, processStartNs: 2n ** 60n + 1n, cgroup: 12345 })
const sshd = thread({ tid: 8, comm: 'sshd', resource: UNIT })
const nobody = thread({ tid: 9, resource: undefined })
const open = (path: string) =>
  ({ call: 'open', arguments: [1, 0, 0], chunks: [{ order: 0, bytes: path }], ret: 3 }) as const

const FIRST: readonly Happening[] = [
  [nginx, open('/first')],
  [sshd, { call: 'close', arguments: [3] }],
  [nobody, { call: 'getpid', ret: 9 }],
]
const SECOND: readonly Happening[] = [
  [nginx, open('/second')],
  [nginx, { status: 256 }],
]

interface Written {
  readonly path: string
  /** Bytes of the file after the header, and after each batch. */
  readonly sizes: readonly number[]
}

function write(scratch: Scratch, names: Attributes = {}): Written {
  const path = join(scratch.path, 'trace.swoll')
  writeFileSync(path, '')
  const sizes: number[] = []
  const note = () => sizes.push(readFileSync(path).length)
  let known: Attributes = {}
  const recorder = new Recorder({
    header: HEADER_FACTS,
    write: bytes => appendFileSync(path, bytes),
    namesOf: resource => (resource.id === CONTAINER.id ? known : {}),
  })
  recorder.begin()
  note()
  recorder.add(batchOf(FIRST, [{ resource: CONTAINER, reason: 'ring_full', events: 5 }]))
  note()
  known = names
  recorder.add(batchOf(SECOND))
  note()
  recorder.add(batchOf([]))
  assert.is(readFileSync(path).length, sizes.at(-1), 'an empty batch is not written')
  recorder.end({ events: 5, lost: 5 })
  return { path, sizes }
}

/** A line per event, and what the reading ended with. */
async function read(
  path: string,
): Promise<{ lines: string[]; error: SwollError | undefined; unreadable: string[] }> {
  const { batches, header, unreadable } = await openRecording(path)
  const lines: string[] = []
  const abis = header.abis.map(abi => abi ?? undefined)
  try {
    for await (const batch of batches) {
      batch.visit(abis, {
        call: (call, { tid, comm, resource }) => {
          const pod = resource?.attributes['k8s.pod.name'] ?? ''
          lines.push(`${tid} ${comm} ${resource?.id} ${pod} ${printCall(call)}`)
        },
        end: ({ status }, { tid }) => void lines.push(`${tid} ended with ${status}`),
      })
      for (const { resource, reason, events } of batch.gaps) lines.push(`${resource?.id} ${reason} ${events}`)
    }
  } catch (error) {
    return { lines, error: error as SwollError, unreadable: [...unreadable] }
  }
  return { lines, error: undefined, unreadable: [...unreadable] }
}

const FIRST_LINES = [
  `7 nginx ${CONTAINER.id}  open("/first", O_RDONLY) = 3`,
  `8 sshd ${UNIT.id}  close(3) = 0`,
  '9 nginx undefined  getpid() = 9',
  `${CONTAINER.id} ring_full 5`,
]
const SECOND_LINES = [`7 nginx ${CONTAINER.id}  open("/second", O_RDONLY) = 3`, '7 ended with 256']

const s = suite('a recording')
s('gives what was written', async () => {
  using scratch = new Scratch()
  const { path } = write(scratch)
  assert.equal(await read(path), {
    lines: [...FIRST_LINES, ...SECOND_LINES],
    error: undefined,
    unreadable: [],
  })
})
s('gives header and thread facts with all their digits', async () => {
  using scratch = new Scratch()
  const { header, batches } = await openRecording(write(scratch).path)
  assert.equal(header, HEADER_FACTS)
  const { value } = await batches.next()
  const [first] = [...value!.records()]
  assert.equal(first!.thread, nginx)
  assert.is(value!.unixOffsetNs, 1_700_000_000_000_000_000n)
  await batches.return(undefined)
})
s('has the names that came late, from then on', async () => {
  using scratch = new Scratch()
  const { lines } = await read(write(scratch, { 'k8s.pod.name': 'web-0' }).path)
  assert.is(lines[0], FIRST_LINES[0])
  assert.is(lines[4], `7 nginx ${CONTAINER.id} web-0 open("/second", O_RDONLY) = 3`)
})
s('that was joined to another is read with it', async () => {
  using scratch = new Scratch()
  const { path } = write(scratch)
  const once = await read(path)
  writeFileSync(path, Buffer.concat([readFileSync(path), readFileSync(path)]))
  assert.equal(await read(path), { ...once, lines: [...once.lines, ...once.lines] })
})
s('that was joined to one of another machine, or to something else, says so', async () => {
  using scratch = new Scratch()
  const { path } = write(scratch)
  const whole = readFileSync(path)
  const other = { ...HEADER_FACTS, abis: ['arm64'] }
  for (const [contents, rule] of [
    [encodeContents(HEADER, other), /goes on with one of another kind of machine, to be read by itself/],
    [encodeContents(BATCH, {}), /goes on behind its end with what is no recording/],
  ] as const) {
    writeFileSync(path, Buffer.concat([whole, encodeBlock(contents)]))
    const { lines, error } = await read(path)
    assert.equal(lines, [...FIRST_LINES, ...SECOND_LINES])
    assert.match(error!.message, rule)
  }
})
s('is written in blocks that can be read, whatever a batch holds', async () => {
  using scratch = new Scratch()
  const path = scratch.write('many', '')
  const recorder = new Recorder({
    header: HEADER_FACTS,
    write: bytes => appendFileSync(path, bytes),
    namesOf: ({ id }) => ({ 'k8s.pod.label.x': id.repeat(500) }),
  })
  const first = thread({ tid: 1, resource: { id: 'first', attributes: {} } })
  const many = Array.from({ length: 20_000 }, (_, i): Happening => {
    const who = thread({ tid: i + 2, resource: { id: `place${i % 5000}`, attributes: {} } })
    return [i % 1000 === 0 ? first : who, { call: 'close', arguments: [i] }]
  })
  recorder.add(batchOf(many))
  recorder.end({ events: many.length, lost: 0 })
  const { lines, error } = await read(path)
  assert.is(error, undefined)
  assert.is(lines.length, many.length)
  for (const [i, line] of lines.entries()) {
    const [tid, place] = i % 1000 === 0 ? [1, 'first'] : [i + 2, `place${i % 5000}`]
    assert.ok(line.startsWith(`${tid} `) && line.includes(` ${place} `), line)
  }
})
s.run()

const damage = suite('damage')
const cut = async (length: (sizes: readonly number[]) => number) => {
  using scratch = new Scratch()
  const { path, sizes } = write(scratch)
  truncateSync(path, length(sizes))
  const { lines, error } = await read(path)
  return { lines, code: error?.code, message: error?.message.replace(path, 'FILE') }
}
damage('a file without an end', async () => {
  assert.equal(await cut(sizes => sizes[2]!), {
    lines: [...FIRST_LINES, ...SECOND_LINES],
    code: 'RECORDING_DAMAGED',
    message:
      'FILE: must be a whole recording, but has no end: swoll was ended, or the file was cut; the 5 events before were read',
  })
})
damage('a file that is cut anywhere in its last batch', async () => {
  for (const missing of [1, 7, 8, 9]) {
    const { lines, code, message } = await cut(sizes => sizes[2]! - missing)
    assert.equal(lines, FIRST_LINES)
    assert.is(code, 'RECORDING_DAMAGED')
    assert.match(message!, /ends in the middle of a block at byte \d+; the 3 events before were read$/)
  }
})
damage('any byte changed behind the header is noticed, and never read', async () => {
  using scratch = new Scratch()
  const { path, sizes } = write(scratch)
  const whole = readFileSync(path)
  for (let at = sizes[1]!; at < whole.length; at += 3) {
    const bytes = Buffer.from(whole)
    bytes[at] = bytes[at]! ^ 0x10
    writeFileSync(path, bytes)
    const { lines, error } = await read(path)
    assert.is(error?.code, 'RECORDING_DAMAGED', `byte ${at}`)
    assert.equal(lines.slice(0, 4), FIRST_LINES)
  }
})
damage('blocks that are whole and make no sense', async () => {
  using scratch = new Scratch()
  const { path, sizes } = write(scratch)
  const head = readFileSync(path).subarray(0, sizes[0])
  const facts = { unixOffsetNs: '0', resources: [], threads: [], calls: [], gaps: [] }
  const nonsense = [
    encodeContents(BATCH, facts, [new Uint8Array(Uint32Array.of(1, 0, 16, 104).buffer)]),
    encodeContents(BATCH, {}),
    new Uint8Array(3),
    Buffer.from([2, 0, 0, 0, 255, 0, 0, 0, 1, 2]),
  ]
  for (const contents of nonsense) {
    writeFileSync(path, Buffer.concat([head, encodeBlock(contents)]))
    const { lines, error } = await read(path)
    assert.equal(lines, [])
    assert.is(error?.code, 'RECORDING_DAMAGED')
  }
})
damage('facts that cannot be, each of them', async () => {
  using scratch = new Scratch()
  const { path, sizes } = write(scratch)
  const head = readFileSync(path).subarray(0, sizes[0])
  const none = { unixOffsetNs: '0', resources: [], threads: [], calls: [], gaps: [] }
  const resource = { index: 0, id: 'a', attributes: {} }
  for (const facts of [
    { ...none, unixOffsetNs: '1e3' },
    { ...none, gaps: [{ resource: null, reason: '\u001b]0;title\u0007', events: 1 }] },
    { ...none, gaps: [{ resource: null, reason: 'ring_full', events: '1,"forged":true' }] },
    { ...none, gaps: [{ resource: null, reason: 'ring_full', events: -1 }] },
    { ...none, gaps: [{ resource: 3, reason: 'ring_full', events: 1 }] },
    { ...none, resources: [{ ...resource, index: 4096 }] },
    { ...none, resources: [{ ...resource, index: 0.5 }] },
    { ...none, resources: [{ ...resource, attributes: { a: 'x'.repeat(8192) } }] },
    { ...none, resources: [{ index: 0, id: 'a' }] },
    { ...none, calls: [{ abi: 0, number: 1, name: 'a\nb', copies: '' }] },
    { ...none, threads: [{ tid: 1 }] },
  ]) {
    writeFileSync(path, Buffer.concat([head, encodeBlock(encodeContents(BATCH, facts))]))
    const { lines, error } = await read(path)
    assert.equal([lines, error?.code], [[], 'RECORDING_DAMAGED'], JSON.stringify(facts).slice(0, 200))
    assert.match(
      error!.message,
      /has (a block with facts that cannot be|an event of a place that was not told)/,
    )
  }
})
damage('blocks that would grow without end', async () => {
  using scratch = new Scratch()
  const { path, sizes } = write(scratch)
  const head = readFileSync(path).subarray(0, sizes[0])
  writeFileSync(path, Buffer.concat([head, encodeBlock(new Uint8Array(MAX_CONTENTS + 1))]))
  assert.match((await read(path)).error!.message, /has a block of more than 33554432 bytes at byte/)
})
damage('a file that is none, or of a later version', async () => {
  using scratch = new Scratch()
  const refused = async (text: string) => {
    const path = scratch.write('file', text)
    const error = await rejects(openRecording(path), 'RECORDING_INVALID')
    return error.message.replace(path, 'FILE')
  }
  const RULE = 'FILE: must be a recording of version 1'
  assert.is(await refused(''), `${RULE}; make one with swoll trace --record`)
  assert.is(await refused('#!/bin/sh'), `${RULE}; make one with swoll trace --record`)
  assert.is(await refused('SWOLLTR2…'), `${RULE}; read it with the version that wrote it, or a later one`)
  await rejects(openRecording(scratch.write('file', 'SWOLLTR1')), 'RECORDING_DAMAGED')
})
damage('a file that cannot be read', async () => {
  for (const [path, got] of [
    ['/nonexistent/file', 'ENOENT (no such file or directory)'],
    [tmpdir(), 'EISDIR (illegal operation on a directory)'],
  ] as const) {
    const { message } = await rejects(openRecording(path), 'RECORDING_INVALID')
    assert.is(message, `${path}: must be a file that can be read, got ${got}`)
  }
})
damage.run()

const versions = suite('a recording of another version of swoll')
versions('shows only registers of a call whose memory was copied otherwise', async () => {
  using scratch = new Scratch()
  const { path, sizes } = write(scratch)
  const whole = readFileSync(path)
  // The same file, from a recorder that knew open(2) otherwise.
  const { inflateRawSync } = await import('node:zlib')
  const block = whole.subarray(sizes[0]! + 8, sizes[1])
  const contents = inflateRawSync(block)
  const length = contents.readUInt32LE(4)
  const facts = JSON.parse(contents.toString('utf8', 8, 8 + length))
  const raw = contents.subarray(8 + length + (-length & 7))
  facts.calls = facts.calls.map((call: { name: string; copies: string }) =>
    call.name === 'open' ? { ...call, copies: call.copies.replaceAll('2', '1') } : call,
  )
  const changed = encodeBlock(encodeContents(BATCH, facts, [raw]))
  writeFileSync(path, Buffer.concat([whole.subarray(0, sizes[0]), changed, whole.subarray(sizes[1])]))
  const { lines, unreadable, error } = await read(path)
  assert.is(error, undefined)
  assert.equal(unreadable, ['open'])
  assert.is(lines[0], `7 nginx ${CONTAINER.id}  open(0x1, O_RDONLY) = 3`)
  assert.is(lines[1], FIRST_LINES[1])
})
versions('skips blocks of kinds that it does not know', async () => {
  using scratch = new Scratch()
  const { path, sizes } = write(scratch)
  const whole = readFileSync(path)
  const unknown = encodeBlock(encodeContents(99, { later: true }))
  writeFileSync(path, Buffer.concat([whole.subarray(0, sizes[0]), unknown, whole.subarray(sizes[0])]))
  assert.equal((await read(path)).lines, [...FIRST_LINES, ...SECOND_LINES])
})
versions.run()
