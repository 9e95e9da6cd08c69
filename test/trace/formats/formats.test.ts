/** Each output format prints the same events; test/golden/trace has the results, byte for byte. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFormat } from '../../../trace/formats/create-format.ts'
import type { Display } from '../../../trace/formats/format.ts'
import { createNames } from '../../../trace/formats/names.ts'
import { OUTPUTS, type Output } from '../../../trace/formats/outputs.ts'
import { Printer } from '../../../trace/formats/printer.ts'
import { printStatus } from '../../../trace/formats/strace.ts'
import { fakeClock } from '../../kit/clock.ts'
import { DISPLAY } from '../../kit/display.ts'
import { assertGolden } from '../../kit/golden.ts'
import { HAPPENED, LOST, odd, web, worker } from '../../kit/happenings.ts'
import { readLogLines } from '../../kit/otlp-events.ts'
import { ABIS, batchOf, type Happening } from '../../kit/trace-batch.ts'
import { traceEvent } from './json-schema.ts'

interface How {
  readonly isKnown?: boolean
  readonly hasColours?: boolean
  readonly display?: Partial<Display>
  readonly hasManyProcesses?: boolean
}

/** The reader's. */
process.env.TZ = 'Asia/Kolkata'

function print(
  output: Output,
  how: How = {},
  happened: readonly Happening[] = HAPPENED,
  lost: typeof LOST | [] = LOST,
): string {
  const { isKnown = true, hasColours = false, display, hasManyProcesses = false } = how
  let text = ''
  const format = createFormat(output, {
    write: more => {
      text += more
    },
    writeBytes: bytes => {
      text += Buffer.from(bytes).toString()
    },
    names: createNames(({ attributes }) => (isKnown && attributes['k8s.pod.uid'] ? web : undefined)),
    abis: ABIS,
    clock: fakeClock(),
    origin: () => ({ 'host.name': 'node-a', 'service.instance.id': 'node-a' }),
    hasColours,
    display: { ...DISPLAY, ...display },
    hasManyProcesses,
  })
  const printer = new Printer({ abis: ABIS, format })
  printer.take(batchOf(happened, lost))
  printer.finish()
  return text
}

const s = suite('formats')
for (const output of OUTPUTS)
  s(output, () => {
    assertGolden(`trace/${output}.txt`, print(output))
  })
s('cli, with colours', () => {
  assertGolden('trace/cli-colours.txt', print('cli', { hasColours: true }))
})
s('cli, when no pod is known', () => {
  assertGolden('trace/cli-ids.txt', print('cli', { isKnown: false }))
})
const timed = { clock: 'microseconds', isRelative: true, hasDurations: true } as const
for (const [name, output, how] of [
  ['cli-types', 'cli', { display: { hasTypes: true } }],
  ['cli-times', 'cli', { display: { clock: 'seconds' } }],
  ['strace-many', 'strace', { hasManyProcesses: true }],
  ['strace-times', 'strace', { display: timed }],
  ['strace-relative', 'strace', { display: { isRelative: true } }],
  ['strace-unix', 'strace', { display: { clock: 'unix', hasDurations: true } }],
] as const)
  s(name, () => {
    assertGolden(`trace/${name}.txt`, print(output, how))
  })
for (const output of OUTPUTS)
  s(`${output} has nothing that a terminal would obey`, () => {
    assert.match(print(output), /^[\x20-\x7e\xa0-\xff\n]*$/)
  })
s('every line of json is as its schema says, and keeps all digits', () => {
  const lines = print('json').trimEnd().split('\n')
  assert.is(lines.length, HAPPENED.length + LOST.length)
  for (const line of lines) traceEvent.parse(JSON.parse(line))
  assert.match(lines[3]!, '"return":9007199254740993,')
})
s('every line of otlp-json is a request, with a record of each call and each loss', () => {
  const records = readLogLines(print('otlp-json'))
  const count = (name: string) => records.filter(({ eventName }) => eventName === name).length
  const calls = HAPPENED.filter(([, what]) => 'call' in what)
  assert.equal([count('swoll.syscall'), count('swoll.gap')], [calls.length, LOST.length])
  assert.ok(
    records.every(
      ({ resourceAttributes: of }) => of['container.id'] === undefined || of['k8s.pod.name'] === 'web-0',
    ),
  )
  assert.ok(records.some(({ attributes }) => attributes['thread.name'] === odd.comm))
})
s.run()

/** Three calls: one is long, one is long once in three times, and one is made often. */
const MS = 1_000_000n
const times = (call: string, ...ms: number[]): Happening[] =>
  ms.map(each => [
    worker,
    { call, ret: each < 2 ? -2 : 0, startNs: 0n, endNs: BigInt(each * 10) * (MS / 10n) },
  ])
const UNEVEN = [...times('read', 1, 1, 9.5), ...times('close', 2, 2, 2, 2), ...times('fsync', 10)]
const sorts = suite('a summary')
for (const [sort, want] of [
  ['time', 'read fsync close'],
  ['calls', 'close read fsync'],
  ['errors', 'read fsync close'],
  ['name', 'close fsync read'],
  ['avg-time', 'fsync read close'],
  ['max-time', 'fsync read close'],
  ['min-time', 'fsync close read'],
  ['p50', 'fsync close read'],
  ['p99', 'fsync read close'],
  ['nothing', 'read close fsync'],
] as const)
  sorts(`sorted by ${sort}: ${want}`, () => {
    const rows = print('summary', { display: { sort } }, UNEVEN, []).split('\n').slice(3, 6)
    assert.is(rows.map(row => row.slice(row.lastIndexOf(' ') + 1)).join(' '), want)
  })
sorts.run()

const status = suite('printStatus')
for (const [given, want] of [
  [0, 'exited with 0'],
  [0xff00, 'exited with 255'],
  [9, 'killed by SIGKILL'],
  [6, 'killed by SIGABRT'],
  [11 | 0x80, 'killed by SIGSEGV (core dumped)'],
  [34, 'killed by SIGRT_2'],
] as const)
  status(String(given), () => assert.is(printStatus(given), want))
status.run()
