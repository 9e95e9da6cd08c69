import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Streamed } from '../../client/client.ts'
import { ClientError } from '../../client/errors.ts'
import { type Merged, Merger } from '../../client/merge.ts'
import { describeSkews, Skews } from '../../client/skew.ts'
import type { TraceMessage } from '../../trace/formats/messages.ts'
import { fakeClock } from '../kit/clock.ts'
import { callMessage } from '../kit/fake-agent.ts'

const call = (ms: number, tid = 7): Streamed => ({
  node: 'n',
  run: 'r',
  cursor: undefined,
  line: '',
  message: callMessage({ ms, tid }) as unknown as TraceMessage,
})
const lost: Streamed = {
  node: 'n',
  run: 'r',
  cursor: undefined,
  line: '',
  message: { version: 1, type: 'lost', calls: 2, reason: 'ring_full' },
}

/** A stream that gives what it is told, when it is told. */
function feed() {
  const queue: (Streamed | Error | undefined)[] = []
  let wake = () => {}
  return {
    push(...items: (Streamed | Error | undefined)[]) {
      queue.push(...items)
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (queue.length === 0)
          await new Promise<void>(resolve => {
            wake = resolve
          })
        const next = queue.shift()
        if (next === undefined) return
        if (next instanceof Error) throw next
        yield next
      }
    },
  }
}

const turns = async (count = 50) => {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}

/** What has come out so far, as `a 5`: source and milliseconds; `a end`. */
function collect(merger: Merger): string[] {
  const out: string[] = []
  const tell = (item: Merged) => {
    if ('ended' in item) return out.push(`${item.source} ${item.error ? item.error.code : 'end'}`)
    const { streamed } = item
    const message = 'message' in streamed ? streamed.message : undefined
    return out.push(
      `${item.source} ${message?.type === 'call' ? Number(message.start) / 1e6 : message?.type}`,
    )
  }
  void (async () => {
    for await (const batch of merger.batches()) batch.forEach(tell)
    out.push('over')
  })()
  return out
}

const s = suite('Merger')

s('gives messages of all in order of time, as soon as each has shown one', async () => {
  const merger = new Merger({ clock: fakeClock() })
  const [a, b] = [feed(), feed()]
  merger.add('a', a)
  merger.add('b', b)
  const out = collect(merger)
  a.push(call(1), call(4), call(9))
  await turns()
  assert.equal(out, [])
  b.push(call(2), call(3), call(5))
  await turns()
  assert.equal(out, ['a 1', 'b 2', 'b 3', 'a 4', 'b 5'])
  b.push(undefined)
  await turns()
  assert.equal(out.slice(5), ['b end', 'a 9'])
  a.push(undefined)
  merger.close()
  await turns()
  assert.equal(out.slice(7), ['a end', 'over'])
})

s('waits for a silent node no longer than it is to', async () => {
  const clock = fakeClock()
  const merger = new Merger({ clock, waitMs: 500 })
  const a = feed()
  merger.add('a', a)
  merger.add('silent', feed())
  const out = collect(merger)
  a.push(call(1))
  await turns()
  clock.advance(499)
  await turns()
  assert.equal(out, [])
  clock.advance(1)
  await turns()
  assert.equal(out, ['a 1'])
})

s('is not held up by a node that always has something older to tell', async () => {
  const clock = fakeClock()
  const merger = new Merger({ clock, waitMs: 500 })
  const [a, old] = [feed(), feed()]
  merger.add('a', a)
  merger.add('old', old)
  merger.add('silent', feed())
  const out = collect(merger)
  a.push(call(1000))
  for (let i = 0; i < 12 && !out.includes('a 1000'); i++) {
    old.push(call(i))
    await turns()
    clock.advance(100)
    await turns()
  }
  assert.ok(out.includes('a 1000'))
})

s('keeps the order of each stream, whatever its times are', async () => {
  const merger = new Merger({ clock: fakeClock() })
  const a = feed()
  merger.add('a', a)
  const out = collect(merger)
  a.push(call(5), lost, call(3), call(6), undefined)
  merger.close()
  await turns()
  assert.equal(out, ['a 5', 'a lost', 'a 3', 'a 6', 'a end', 'over'])
})

s('tells the failure of one, and goes on with the others', async () => {
  const merger = new Merger({ clock: fakeClock() })
  const [a, b] = [feed(), feed()]
  merger.add('a', a)
  merger.add('b', b)
  merger.close()
  const out = collect(merger)
  a.push(new ClientError('CLIENT_REFUSED', 'no', { status: 403 }))
  b.push(call(1), undefined)
  await turns()
  assert.equal(out, ['a CLIENT_REFUSED', 'b 1', 'b end', 'over'])
})

s('takes streams that come while it runs', async () => {
  const merger = new Merger({ clock: fakeClock() })
  const out = collect(merger)
  await turns()
  const late = feed()
  merger.add('late', late)
  late.push(call(1), undefined)
  await turns()
  assert.equal(out, ['late 1', 'late end'])
  assert.is(merger.size, 0)
})

s('does not read a stream of which too much waits', async () => {
  const clock = fakeClock()
  const merger = new Merger({ clock })
  let given = 0
  async function* endless() {
    for (;;) yield call(given++)
  }
  merger.add('fast', endless())
  merger.add('silent', feed())
  await turns()
  assert.is(given, 4096)
})
s.run()

const skews = suite('describeSkews')
const MS = 1_000_000n
for (const [name, sights, want] of [
  ['nothing where clocks agree', { a: [100, 120, 150], b: [180, 200, 190] }, []],
  [
    'a clock that is ahead',
    { a: [100, 100, 100], b: [-2500, -2000, 10] },
    [/^b: .* ahead of this host's by 2\.500 s at least$/],
  ],
  ['a clock that is behind', { a: [100, 100, 100], b: [4100, 9000, 4300] }, [/^b: .* come 4\.000 s later/]],
  ['nothing of who told too little', { a: [100, 100, 100], b: [-2500] }, []],
] as const)
  skews(name, () => {
    const seen = new Skews()
    for (const [node, delays] of Object.entries(sights))
      for (const ms of delays) seen.note(node, 0n, BigInt(ms) * MS)
    const lines = describeSkews(seen)
    assert.is(lines.length, want.length)
    for (const [i, pattern] of want.entries()) assert.match(lines[i]!, pattern)
  })
skews.run()
