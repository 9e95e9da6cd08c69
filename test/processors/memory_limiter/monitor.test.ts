import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../processors/memory_limiter/config.ts'
import { ownMemory, readResident } from '../../../processors/memory_limiter/memory.ts'
import { MemoryMonitor } from '../../../processors/memory_limiter/monitor.ts'
import { fakeClock } from '../../kit/clock.ts'

const SOFT = 800
const HARD = 1000

/** A monitor of memory that holds `bytes`, of which a collection frees all but `kept`. */
function watch(given: object = {}) {
  const clock = fakeClock()
  const memory = {
    bytes: 0,
    kept: Number.POSITIVE_INFINITY,
    /** When garbage was collected, s. */
    collected: [] as number[],
    measure: () => memory.bytes,
    async collectGarbage() {
      memory.collected.push(clock.monotonicMs() / 1000)
      memory.bytes = Math.min(memory.bytes, memory.kept)
    },
  }
  const settings = config.parse({ check_interval: '1s', limit_mib: 1, ...given })
  const monitor = new MemoryMonitor(settings, { softBytes: SOFT, hardBytes: HARD }, { clock, memory })
  const told: string[] = []
  monitor.watch(refusal => told.push(refusal ? 'refused' : 'taken'))
  return { monitor, clock, memory, told }
}

const s = suite('MemoryMonitor')
s('refuses from the soft limit on, says so once, and takes again below it', async () => {
  const { monitor, clock, memory, told } = watch()
  memory.bytes = SOFT - 1
  await clock.advance(1000)
  assert.is(monitor.ask(), undefined)
  memory.bytes = SOFT
  await clock.advance(5000)
  assert.equal(told, ['refused'])
  const { code, retryable, message } = monitor.ask()!
  assert.equal([code, retryable], ['PIPE_DOWNSTREAM_UNAVAILABLE', true])
  assert.match(message, /^data refused due to high memory usage: /)
  memory.bytes = SOFT - 1
  await clock.advance(1000)
  assert.equal(told, ['refused', 'taken'])
  assert.is(monitor.ask(), undefined)
})
s('refuses also where garbage cannot be collected', async () => {
  const { memory, clock, told } = watch()
  let asked = 0
  memory.collectGarbage = async () => {
    asked++
    throw new Error('Inspector is not available')
  }
  memory.bytes = HARD
  await clock.advance(1000)
  assert.equal([told, asked], [['refused'], 1])
  memory.bytes = 0
  await clock.advance(1000)
  assert.equal(told, ['refused', 'taken'])
})
s('measures when it is asked, so that what grows faster than the checks is not taken', () => {
  const { monitor, memory } = watch({ check_interval: '1h' })
  memory.bytes = SOFT
  assert.ok(monitor.ask())
  memory.bytes = 0
  assert.is(monitor.ask(), undefined)
})
s('collects garbage at once above the hard limit, and refuses nothing when that is enough', async () => {
  const { monitor, clock, memory, told } = watch()
  memory.bytes = HARD
  memory.kept = SOFT - 1
  await clock.advance(1000)
  assert.equal(memory.collected, [1])
  assert.equal(told, ['refused', 'taken'], 'while it is collected, nothing is taken')
  assert.is(monitor.ask(), undefined)
})
s('collects less and less often while it frees too little', async () => {
  const { clock, memory } = watch({ max_gc_interval_when_hard_limited: '8s' })
  memory.bytes = HARD
  await clock.advance(40_000)
  // The first wait is twice 0.95 s, then twice that, up to 8 s; a check is due each second.
  assert.equal(memory.collected, [1, 3, 7, 15, 24, 33])
})
s('collects at every check again once memory has fallen by itself', async () => {
  const { clock, memory } = watch()
  memory.bytes = 2 * HARD
  await clock.advance(16_000)
  const before = memory.collected.length
  memory.bytes = HARD
  await clock.advance(1000)
  assert.is(memory.collected.length, before + 1)
})
s('collects at every check without a longest time between', async () => {
  const { clock, memory } = watch({ max_gc_interval_when_hard_limited: 0 })
  memory.bytes = HARD
  await clock.advance(4000)
  assert.equal(memory.collected, [1, 2, 3, 4])
})
s('waits for the minimum above the soft limit', async () => {
  const { clock, memory } = watch({
    min_gc_interval_when_soft_limited: '3s',
    max_gc_interval_when_soft_limited: 0,
  })
  memory.bytes = SOFT
  await clock.advance(13_000)
  assert.equal(memory.collected, [4, 8, 12])
})
s('tells those who come while it refuses, and nobody after they have left', async () => {
  const { monitor, clock, memory } = watch()
  memory.bytes = SOFT
  await clock.advance(1000)
  const told: boolean[] = []
  const leave = monitor.watch(refusal => told.push(refusal !== undefined))
  leave()
  memory.bytes = 0
  await clock.advance(1000)
  assert.equal(told, [true])
})
s('leaves no timer behind', async () => {
  const { monitor, clock } = watch()
  assert.is(clock.pending(), 1)
  await monitor.close()
  assert.is(clock.pending(), 0)
})
s.run()

const own = suite('the memory of this process')
own('is what is resident and of no file', () => {
  const status = 'VmRSS:\t  300 kB\nRssAnon:\t  100 kB\nRssFile:\t  190 kB\nRssShmem:\t   10 kB\n'
  assert.is(readResident(status), 110 * 1024)
})
own('is all that is resident where the kernel does not tell them apart', () => {
  assert.ok(readResident(undefined) > 2 ** 20)
})
own('grows by what is outside of the heap, and falls when garbage is collected', async () => {
  const before = ownMemory.measure()
  const held = { bytes: Array.from({ length: 64 }, () => new Uint8Array(2 ** 20).fill(1)) }
  assert.ok(ownMemory.measure() - before > 2 ** 25)
  held.bytes = []
  await ownMemory.collectGarbage()
  assert.ok(ownMemory.measure() - before < 2 ** 25)
})
own.run()
