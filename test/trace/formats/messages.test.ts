/** What is printed of messages is what `swoll trace` prints of the same events on the node. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFormat, createLineFormat } from '../../../trace/formats/create-format.ts'
import type { Display } from '../../../trace/formats/format.ts'
import { decodeTime, MESSAGE_ABIS } from '../../../trace/formats/message-events.ts'
import { MessagePrinter } from '../../../trace/formats/message-printer.ts'
import { decodeMessage } from '../../../trace/formats/messages.ts'
import { createNames } from '../../../trace/formats/names.ts'
import type { Output } from '../../../trace/formats/outputs.ts'
import { Printer } from '../../../trace/formats/printer.ts'
import { findRecordedName } from '../../../trace/formats/resource-names.ts'
import { fakeClock } from '../../kit/clock.ts'
import { DISPLAY } from '../../kit/display.ts'
import { HAPPENED, LOST, web } from '../../kit/happenings.ts'
import { readLogLines } from '../../kit/otlp-events.ts'
import { FIXTURES, recordedCalls, replay } from '../../kit/recorded-calls.ts'
import { ABIS, batchOf, thread } from '../../kit/trace-batch.ts'

type LineOutput = Exclude<Output, 'json'>
interface How {
  readonly display?: Partial<Display>
  readonly isKnown?: boolean
  readonly hasColours?: boolean
  readonly hasManyProcesses?: boolean
}

function optionsFor(
  { display, hasColours = false, hasManyProcesses = false }: How,
  write: (text: string) => void,
) {
  return {
    write,
    writeBytes: (bytes: Uint8Array) => write(Buffer.from(bytes).toString()),
    abis: ABIS,
    clock: fakeClock(),
    origin: () => ({}),
    hasColours,
    display: { ...DISPLAY, ...display },
    hasManyProcesses,
  }
}

function direct(output: Output, how: How): string {
  let text = ''
  const { isKnown = true } = how
  const names = createNames(({ attributes }) => (isKnown && attributes['k8s.pod.uid'] ? web : undefined))
  const options = optionsFor(how, more => {
    text += more
  })
  const printer = new Printer({ abis: ABIS, format: createFormat(output, { ...options, names }) })
  printer.take(batchOf(HAPPENED, LOST))
  printer.finish()
  return text
}

function throughMessages(output: LineOutput, how: How): string {
  let text = ''
  const options = optionsFor(how, more => {
    text += more
  })
  const names = createNames(findRecordedName)
  const printer = new MessagePrinter(createLineFormat(output, { ...options, names, abis: MESSAGE_ABIS }))
  const lines = direct('json', how).trimEnd().split('\n')
  printer.print(lines.map(line => decodeMessage(line)!))
  printer.finish()
  return text
}

/** The reader's. */
process.env.TZ = 'Asia/Kolkata'
const times = { clock: 'microseconds', isRelative: true, hasDurations: true } as const

const s = suite('printing messages')
for (const [name, output, how] of [
  ['cli', 'cli', {}],
  ['cli in colours, with types', 'cli', { hasColours: true, display: { hasTypes: true } }],
  ['cli, when no pod is known', 'cli', { isKnown: false }],
  ['cli with times', 'cli', { display: { ...times, hasDurations: false } }],
  ['strace', 'strace', {}],
  ['strace of many processes', 'strace', { hasManyProcesses: true }],
  ['strace with all times', 'strace', { display: times }],
  ['strace with Unix time', 'strace', { display: { clock: 'unix' } }],
  ['summary', 'summary', {}],
  ['summary by errors', 'summary', { display: { sort: 'errors' } }],
] as const)
  s(`${name}: byte for byte what the node prints`, () => {
    assert.ok(direct(output, how).length > 100)
    assert.is(throughMessages(output, how), direct(output, how))
  })

s('otlp-json: records with the attributes that the node gives them', () => {
  const records = (text: string) =>
    readLogLines(text).map(({ eventName, body, attributes, resourceAttributes }) => ({
      eventName,
      body,
      attributes,
      pod: resourceAttributes['k8s.pod.name'],
      container: resourceAttributes['container.id'],
    }))
  const onNode = records(direct('otlp-json', {}))
  assert.ok(onNode.length > 10)
  assert.equal(records(throughMessages('otlp-json', {})), onNode)
})

for (const { name, abi } of FIXTURES)
  s(`the recorded calls of ${name} on ${abi}`, () => {
    const [node, client] = [
      ['', ''],
      ['', ''],
    ] as [[string, string], [string, string]]
    const outputs = ['cli', 'strace'] as const
    const at = (texts: string[], i: number) =>
      optionsFor({}, more => {
        texts[i] += more
      })
    const abis = abi === 'arm64' || abi === 'arm' ? (['arm64', 'arm'] as const) : ABIS
    let json = ''
    const names = createNames(findRecordedName)
    const who = thread()
    const writer = createFormat('json', { ...optionsFor({}, more => (json += more)), abis, names })
    for (const [i, output] of outputs.entries()) {
      const format = createFormat(output, { ...at(node, i), abis, names })
      const printer = new MessagePrinter(createLineFormat(output, { ...at(client, i), abis, names }))
      for (const recorded of recordedCalls(name, abi)) {
        const call = replay(recorded, abi)
        format.call(call, who)
        json = ''
        writer.call(call, who)
        writer.flush?.()
        const message = decodeMessage(json)
        assert.ok(message, json)
        printer.print([message])
      }
    }
    assert.ok(node[0].length > 0)
    assert.equal(client, node)
  })
s.run()

const decoding = suite('decodeMessage')
const over = { version: 1, type: 'over', seq: 9, reason: 'Deleted' }
for (const [name, line, isKnown] of [
  ['the last one', JSON.stringify(over), true],
  ['with a reason of a later version', JSON.stringify({ ...over, reason: 'Eclipse' }), true],
  ['with more than this version knows', JSON.stringify({ ...over, more: [1] }), true],
  ['a loss that names nobody', '{"version":1,"type":"lost","calls":3,"reason":"slow_client"}', true],
  ['no JSON', '{"version":1,', false],
  ['no object', '[1]', false],
  ['null', 'null', false],
  ['another version', JSON.stringify({ ...over, version: 2 }), false],
  ['another type', JSON.stringify({ ...over, type: 'surprise' }), false],
  ['a wrong type of a member', JSON.stringify({ ...over, seq: '9' }), false],
] as const)
  decoding(name, () => assert.is(decodeMessage(line) !== undefined, isKnown))
decoding('keeps all digits of numbers that a double has not', () => {
  const [line] = direct('json', {})
    .split('\n')
    .filter(each => each.includes('9007199254740993'))
  const message = decodeMessage(line!)
  assert.ok(message?.type === 'call')
  assert.is(message.return, 9007199254740993n)
  assert.type(message.start, 'number')
})
decoding.run()

const time = suite('decodeTime')
for (const [text, want] of [
  ['1970-01-01T00:00:01Z', 1_000_000_000n],
  ['2023-11-14T22:13:20.000000001Z', 1_700_000_000_000_000_001n],
  ['2023-11-14T22:13:20.5Z', 1_700_000_000_500_000_000n],
  ['yesterday', 0n],
  ['', 0n],
] as const)
  time(text, () => assert.is(decodeTime(text), want))
time.run()
