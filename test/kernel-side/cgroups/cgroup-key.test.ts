import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cgroupKey, toCgroupKey } from '../../../kernel/cgroups/cgroup-key.ts'

const s = suite('cgroupKey and toCgroupKey')
const rows: [low: number, high: number, want: number | bigint][] = [
  [0, 0, 0],
  [1, 0, 1],
  [0xffff_ffff, 0, 4_294_967_295],
  [0, 1, 4_294_967_296],
  [0xffff_ffff, 0x1f_ffff, Number.MAX_SAFE_INTEGER],
  [0, 0x20_0000, 1n << 53n],
  [1, 0x20_0000, (1n << 53n) + 1n],
  [0xffff_ffff, 0xffff_ffff, (1n << 64n) - 1n],
]
for (const [low, high, want] of rows) {
  s(`both give ${want}`, () => {
    assert.is(cgroupKey(low, high), want)
    assert.is(toCgroupKey((BigInt(high) << 32n) | BigInt(low)), want)
  })
}
s.run()
