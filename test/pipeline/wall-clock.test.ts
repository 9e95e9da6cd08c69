import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createWallClock } from '../../pipeline/wall-clock.ts'

const DAY_MS = 86_400_000
const BOOT_MS = 1_700_000_000_000

/** A machine whose true time is `trueMs`, and what the wall clock over it says, in ms. */
function createMachine() {
  const machine = { nowMs: 0, setMs: 0, readingTakesMs: 0 }
  const read = createWallClock({
    wallMs: () => {
      const wall = Math.floor(BOOT_MS + machine.nowMs + machine.setMs)
      machine.nowMs += machine.readingTakesMs
      return wall
    },
    monotonicMs: () => machine.nowMs,
    originMs: BOOT_MS,
  })
  return { machine, readMs: () => Number(read() / 1000n) / 1000 }
}

const s = suite('createWallClock')
s('is finer than the clock it follows', () => {
  const { machine, readMs } = createMachine()
  machine.nowMs = 12.345
  assert.is(readMs(), BOOT_MS + 12.345)
})
for (const [what, stepMs] of [
  ['a day forward', DAY_MS],
  ['a day back', -DAY_MS],
  ['two milliseconds forward', 2],
] as const)
  s(`follows a clock that is set ${what}, within a millisecond, at once and for good`, () => {
    const { machine, readMs } = createMachine()
    machine.nowMs = 5000.25
    readMs()
    machine.setMs = stepMs
    for (let i = 0; i < 100; i++) {
      machine.nowMs += 10.01
      const error = readMs() - (BOOT_MS + machine.nowMs + stepMs)
      assert.ok(Math.abs(error) <= 1.001, `${error} ms`)
    }
  })
s('follows a clock that is slewed, and time that the monotonic clock slept through', () => {
  const { machine, readMs } = createMachine()
  for (let i = 0; i < 1000; i++) {
    machine.nowMs += 1000
    machine.setMs += 0.5 // 500 ppm, the most that the kernel slews by
    assert.ok(Math.abs(readMs() - (BOOT_MS + machine.nowMs + machine.setMs)) <= 1.001)
  }
})
s('stands still while it agrees: durations between readings are those of the monotonic clock', () => {
  const { machine, readMs } = createMachine()
  let last = readMs()
  for (let i = 0; i < 1000; i++) {
    machine.nowMs += 0.125
    const now = readMs()
    assert.is(Math.round((now - last) * 1000), 125)
    last = now
  }
})
s('is not led astray by a reading that was held up', () => {
  const { machine, readMs } = createMachine()
  machine.readingTakesMs = 50
  machine.nowMs = 100.5
  assert.is(readMs(), BOOT_MS + 150.5)
})
s.run()
