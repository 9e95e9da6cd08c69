import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatCount, formatRate, formatShare, formatTime } from '../../../cli/top/numbers.ts'

const counts = suite('formatCount')
const rates = suite('formatRate')
const times = suite('formatTime')
const shares = suite('formatShare')

for (const [count, want] of [
  [0, '0'],
  [99_999, '99999'],
  [100_000, '100k'],
  [999_499, '999k'],
  [999_500, '1.00M'],
  [12_345_678, '12.3M'],
  [Number.MAX_SAFE_INTEGER, '9.01P'],
] as const)
  counts(`${count} is ${want}`, () => assert.is(formatCount(count), want))

for (const [rate, want] of [
  [0, '0'],
  [0.001, '<0.01'],
  [0.08, '0.08'],
  [1, '1.0'],
  [99.94, '99.9'],
  [100, '100'],
  [250_000, '250k'],
] as const)
  rates(`${rate} is ${want}`, () => assert.is(formatRate(rate), want))

for (const [ns, want] of [
  [null, '-'],
  [0, '0ns'],
  [850, '850ns'],
  [999.6, '1.00us'],
  [12_500, '12.5us'],
  [1_250_000, '1.25ms'],
  [67_100_000_000, '67.1s'],
  [1_000_000_000_000, '1000s'],
  [8_000_000_000_000, '2h'],
] as const)
  times(`${ns} ns is ${want}`, () => assert.is(formatTime(ns), want))

for (const [share, want] of [
  [0, '0'],
  [0.0001, '<0.1'],
  [0.123, '12.3'],
  [1, '100.0'],
] as const)
  shares(`${share} is ${want}`, () => assert.is(formatShare(share), want))

counts.run()
rates.run()
times.run()
shares.run()
