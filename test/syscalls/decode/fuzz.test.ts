/** Programs choose what their registers and memory hold. Whatever it is, a call is printed, and nothing but printable text. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  OUTCOME_DENIED,
  OUTCOME_KILLED,
  OUTCOME_NO_RETURN,
  OUTCOME_RESTARTED,
  OUTCOME_RETURNED,
} from '../../../native/generated/layout.ts'
import { definitionOf } from '../../../syscalls/decode/definition.ts'
import { printCall } from '../../../syscalls/decode/print.ts'
import { type Abi, syscallName } from '../../../syscalls/tables/syscalls.ts'
import { seeded } from '../../kit/random.ts'
import { argumentsOf, type ChunkSpec, encodeCall, tracedCall } from '../../kit/traced-call.ts'

const ROUNDS = 12
const CALL_NUMBERS = 512
const OUTCOMES = [OUTCOME_RETURNED, OUTCOME_RESTARTED, OUTCOME_DENIED, OUTCOME_KILLED, OUTCOME_NO_RETURN]
/** Values at borders, which random numbers do not find. */
const EDGES = [0n, 1n, -1n, -100n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 0xffff_ffff_0000_0000n]
const PRINTABLE = /^[\x20-\x7e]*$/

const next = seeded(2026)
const below = (limit: number) => Math.floor(next() * limit)
const one = <T>(values: readonly T[]): T => values[below(values.length)]!

function register(): bigint {
  if (next() < 0.3) return one(EDGES)
  const bits = 1 + below(64)
  const value = (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))
  return BigInt.asUintN(bits, value)
}

function chunk(order: number): ChunkSpec {
  const length = next() < 0.2 ? 0 : below(next() < 0.5 ? 32 : 400)
  const isText = next() < 0.3
  return {
    order,
    part: below(4),
    bytes: Uint8Array.from({ length }, () => (isText ? 0x20 + below(0x5f) : below(256))),
    isCut: next() < 0.2,
    isUnreadable: next() < 0.2,
    isLast: next() < 0.3,
  }
}

function check(abi: Abi, number: number): void {
  const orders = definitionOf(abi, number).copies.length + 1
  const call = tracedCall({
    abi,
    call: number,
    arguments: Array.from({ length: 6 }, register),
    ret: BigInt.asIntN(64, next() < 0.5 ? BigInt(below(200)) : register()),
    outcome: one(OUTCOMES),
    chunks: Array.from({ length: below(orders * 2) }, () => chunk(below(orders))),
  })
  const text = printCall(call)
  assert.ok(PRINTABLE.test(text), JSON.stringify(text))
  for (const { text } of argumentsOf(call)) assert.ok(PRINTABLE.test(text), JSON.stringify(text))
}

const s = suite('a call with random registers and memory')
for (const abi of ['x86_64', 'i386', 'x32', 'arm64', 'arm'] as const) {
  s(`is printed, of ${abi}`, () => {
    for (let round = 0; round < ROUNDS; round++)
      for (let number = 0; number < CALL_NUMBERS; number++) {
        try {
          check(abi, number)
        } catch (error) {
          throw new Error(`${abi} ${syscallName(abi, number)}, round ${round}: ${(error as Error).message}`, {
            cause: error,
          })
        }
      }
  })
}

s('is printed when its record is torn or full of noise', () => {
  for (let round = 0; round < 2000; round++) {
    const words = encodeCall({ call: below(460), chunks: [chunk(below(8)), chunk(below(8))] })
    for (let i = 0; i < 4; i++) words[10 + below(words.length - 10)] = below(2 ** 32)
    words[1] = below(2000)
    const call = tracedCall({ call: 0 }).moveTo(words.slice(0, 26 + below(words.length - 25)), 0)
    assert.ok(PRINTABLE.test(printCall(call)))
  }
})
s.run()
