/** Every field of the description against OTLP's own, as protobufjs reads it: a wrong name, number or kind fails here. */
import { readFileSync } from 'node:fs'
import protobuf from 'protobufjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Field, type Message, REQUESTS, type Scalar } from '../../otlp/schema.ts'

const source = readFileSync(new URL('../fixtures/otlp/otlp.proto', import.meta.url), 'utf8')
const { root } = protobuf.parse(source, { keepCase: true })

/** Two messages of OTLP have this name; the other one is of an error. */
const NAMES: Readonly<Record<string, string>> = { Status: 'SpanStatus' }
/** Enums of OTLP that our copy of the schema has as the numbers that they are. */
const ENUM = ['int32', 'AggregationTemporality']

function allMessages(message: Message, found = new Map<string, Message>()): Map<string, Message> {
  found.set(message.name, message)
  for (const { kind } of message.inOrder) if (typeof kind === 'object') allMessages(kind, found)
  return found
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
/** `kind` in the words of the .proto. */
const typeNames = (kind: Scalar | Message): readonly string[] => {
  if (typeof kind === 'object') return [(NAMES[kind.name] ?? kind.name).split('.').at(-1)!]
  return kind === 'enum' ? ENUM : [kind]
}
/** The byte before a value of this field: messages, and lists of numbers, have a length as texts do. */
const tagOf = ({ id, type, repeated }: protobuf.Field) => {
  const wireTypes: Readonly<Record<string, number>> = protobuf.types.basic
  const hasLength = repeated || root.lookup(type) instanceof protobuf.Type
  return (id << 3) | (hasLength ? 2 : (wireTypes[type] ?? 0))
}

const schema = suite('schema')
const messages = Object.values(REQUESTS).flatMap(request => [...allMessages(request)])
for (const [name, message] of new Map(messages))
  for (const field of message.inOrder)
    schema(`${name}.${field.name} is what OTLP says`, () => {
      const type = root.lookupType(NAMES[name] ?? name)
      const theirs = type.fields[snakeCase(field.name)]?.resolve()
      assert.ok(theirs, 'a field of that name')
      assert.is(field.number, theirs.id)
      assert.ok(typeNames(field.kind).includes(theirs.type), theirs.type)
      assert.is(field.isRepeated, theirs.repeated)
      assert.is(field.tag, tagOf(theirs))
      assert.ok(field.tag < 0x80, 'a tag of one byte, as the writer has it')
    })
schema('has all the messages that requests are made of', () => {
  assert.is(new Map(messages).size, 25)
})
schema('is in the order of numbers for protobuf', () => {
  for (const [name, { inOrder, byNumber }] of messages) {
    const numbers = byNumber.map((field: Field) => field.number)
    assert.equal(
      numbers,
      inOrder.map(field => field.number).sort((a, b) => a - b),
      name,
    )
  }
})
schema.run()
