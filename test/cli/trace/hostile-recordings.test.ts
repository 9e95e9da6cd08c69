/** Recordings of nobody's making: changed at random, and crafted. None may end swoll otherwise than by its own errors, nor cost much. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFormat } from '../../../trace/formats/create-format.ts'
import { createNames } from '../../../trace/formats/names.ts'
import { OUTPUTS } from '../../../trace/formats/outputs.ts'
import { Printer } from '../../../trace/formats/printer.ts'
import { findRecordedName } from '../../../trace/formats/resource-names.ts'
import { encodeBlock, MARK } from '../../../trace/recording/blocks.ts'
import {
  BATCH,
  decodeContents,
  END,
  encodeContents,
  HEADER,
  originOf,
} from '../../../trace/recording/contents.ts'
import { openRecording } from '../../../trace/recording/reader.ts'
import { Scratch } from '../../kit/cli.ts'
import { fakeClock } from '../../kit/clock.ts'
import { seeded } from '../../kit/random.ts'
import { HEADER_FACTS, writeRecording } from '../../kit/recording.ts'
import { batchOf, CONTAINER, type Happening, thread, UNIT } from '../../kit/trace-batch.ts'

const ROUNDS = 80
/** Kibibytes of address space beyond what Node reserves for itself. */
const MEMORY_KIB = 4_000_000

const nginx = thread({ tid: 7, resource: CONTAINER })
const sshd = thread({ tid: 8, comm: 'sshd', resource: UNIT })
const open = (path: string) =>
  ({ call: 'openat', arguments: [-100, 1, 0, 0], chunks: [{ order: 0, bytes: path }], ret: 3 }) as const
const CALLS: readonly Happening[] = [
  [nginx, open('/etc/hosts')],
  [sshd, { call: 'close', arguments: [3], ret: -9 }],
  [nginx, { call: 'nanosleep', arguments: [1, 0] }],
  [nginx, { status: 256 }],
]

/** Prints a recording in all formats; returns the lines, and the code of the error. Other errors than swoll's are thrown. */
async function replay(path: string): Promise<{ text: string; code: string | undefined }> {
  let text = ''
  try {
    for (const output of OUTPUTS) {
      const { header, batches } = await openRecording(path)
      const abis = header.abis.map(abi => abi ?? undefined)
      const format = createFormat(output, {
        write: more => {
          text += more
        },
        writeBytes: more => {
          text += Buffer.from(more).toString()
        },
        names: createNames(findRecordedName),
        abis,
        clock: fakeClock(),
        origin: () => originOf(header),
        hasColours: false,
        display: {
          clock: 'microseconds',
          isRelative: true,
          hasDurations: true,
          hasTypes: true,
          sort: 'time',
        },
        hasManyProcesses: true,
      })
      const printer = new Printer({ abis, format })
      for await (const batch of batches) printer.take(batch)
      printer.finish()
    }
  } catch (error) {
    const { code } = error as { code?: string }
    if (!code?.startsWith('RECORDING_')) throw error
    return { text, code }
  }
  return { text, code: undefined }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

function assertHarmless(text: string, round: number): void {
  const found = OBEYED.exec(text)
  assert.is(found && JSON.stringify(text.slice(found.index - 60, found.index + 20)), null, `round ${round}`)
}

const s = suite('hostile recordings')
s(
  'changed at random inside their blocks are refused or printed, and say nothing that a terminal obeys',
  async () => {
    using scratch = new Scratch()
    const whole = readFileSync(
      writeRecording(scratch, [batchOf(CALLS, [{ resource: CONTAINER, events: 5 }])]),
    )
    const blocks = unpack(whole)
    const random = seeded(20_261)
    const path = join(scratch.path, 'changed')
    for (let round = 0; round < ROUNDS; round++) {
      const changed = blocks.map(block => Buffer.from(block))
      const block = changed[Math.floor(random() * 2)]!
      for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
        const at = Math.floor(random() * block.length)
        block[at] = random() < 0.5 ? block[at]! ^ (1 << Math.floor(random() * 8)) : Math.floor(random() * 256)
      }
      writeFileSync(path, Buffer.concat([MARK, ...changed.map(encodeBlock)]))
      const { text } = await replay(path)
      assertHarmless(text, round)
    }
  },
)
s('with words of another kind in their records are refused or printed', async () => {
  using scratch = new Scratch()
  const [header, batch, end] = unpack(readFileSync(writeRecording(scratch, [batchOf(CALLS)])))
  const { facts, raw } = decodeContents(batch!)
  const random = seeded(7)
  const path = join(scratch.path, 'changed')
  const ODD = [0, 1, 7, 8, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]
  for (let round = 0; round < ROUNDS; round++) {
    const words = Uint32Array.from(raw)
    for (let n = 1 + Math.floor(random() * 6); n > 0; n--)
      words[Math.floor(random() * words.length)] = ODD[Math.floor(random() * ODD.length)]!
    const changed = encodeContents(BATCH, facts, [new Uint8Array(words.buffer)])
    writeFileSync(path, Buffer.concat([MARK, encodeBlock(header!), encodeBlock(changed), encodeBlock(end!)]))
    const { text } = await replay(path)
    assertHarmless(text, round)
  }
})
s('with names that a terminal would obey are printed harmlessly, a line an event', async () => {
  using scratch = new Scratch()
  const evil = '\u001b]0;owned\u0007\u202etxt.exe\n{"version":1,"type":"call"}'
  const who = thread({
    tid: 7,
    comm: '\u001b[31mred\u009b',
    resource: { ...CONTAINER, attributes: { ...CONTAINER.attributes } },
  })
  const path = writeRecording(scratch, [batchOf([[who, open(evil)]])], () => ({
    'k8s.namespace.name': evil,
    'k8s.pod.name': evil,
    'k8s.container.name': evil,
  }))
  const { text, code } = await replay(path)
  assert.is(code, undefined)
  assert.not.match(text, OBEYED)
  assert.is(text.split('\n').filter(line => line.startsWith('{"version":1')).length, 1)
})

const grown: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ['one block of zeros', [new Uint8Array(900 * 2 ** 20)]],
  ['many events of nothing', [batchContents({}, new Uint8Array(30 * 2 ** 20))]],
  [
    'ever new threads',
    Array.from({ length: 200 }, () =>
      batchContents(
        { threads: Array.from({ length: 4096 }, (_, tid) => plainThread(tid)) },
        new Uint8Array(4),
      ),
    ),
  ],
  [
    'ever new places',
    Array.from({ length: 200 }, (_, n) =>
      batchContents(
        {
          resources: [{ index: 0, id: `${n}`, attributes: { a: 'x'.repeat(8000) } }],
          threads: [{ ...plainThread(n), resource: 0 }],
        },
        new Uint8Array(4),
      ),
    ),
  ],
]
for (const [name, blocks] of grown)
  s(`of ${name} stay within their memory`, () => {
    using scratch = new Scratch()
    const path = join(scratch.path, 'grown')
    const header = encodeContents(HEADER, HEADER_FACTS)
    writeFileSync(
      path,
      Buffer.concat([MARK, ...[header, ...blocks, encodeContents(END, {})].map(encodeBlock)]),
    )
    const script = `ulimit -v ${MEMORY_KIB}; exec bin/swoll replay "$0" -o json > /dev/null`
    const { status, stderr } = spawnSync('sh', ['-c', script, path], { encoding: 'utf8', timeout: 60_000 })
    assert.ok(status === 0 || status === 1, stderr)
    assert.not.match(stderr, /internal error|heap|memory/)
  })
s.run()

function batchContents(facts: object, raw: Uint8Array): Uint8Array {
  const none = { unixOffsetNs: '0', resources: [], threads: [], calls: [], gaps: [] }
  return encodeContents(BATCH, { ...none, ...facts }, [raw])
}

function plainThread(tid: number) {
  const { cgroup, processStartNs, parentStartNs, resource, ...rest } = thread({ tid, resource: undefined })
  return {
    ...rest,
    cgroup: `${cgroup}`,
    processStartNs: `${processStartNs}`,
    parentStartNs: `${parentStartNs}`,
    resource: null,
  }
}

/** The contents of the blocks of a whole recording. */
function unpack(file: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = MARK.length; at < file.length; ) {
    const length = file.readUInt32LE(at)
    blocks.push(inflateRawSync(file.subarray(at + 8, at + 8 + length)))
    at += 8 + length
  }
  return blocks
}
