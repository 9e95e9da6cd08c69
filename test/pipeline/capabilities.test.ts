import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holds, readEffective, toMask } from '../../pipeline/capabilities.ts'

const mask = suite('toMask')
mask('has the bits of linux/capability.h', () => {
  assert.is(toMask([]), 0n)
  assert.is(toMask(['CAP_BPF', 'CAP_PERFMON']), 0xc0_0000_0000n)
  assert.is(toMask(['CAP_DAC_READ_SEARCH', 'CAP_SYS_ADMIN', 'CAP_SYS_ADMIN']), 0x20_0004n)
})
mask.run()

const effective = suite('readEffective')
effective('reads the line of the effective ones, and nothing where there is none', () => {
  const status = 'CapPrm:\t000001ffffffffff\nCapEff:\t000000c000000000\nCapBnd:\t000001ffffffffff\n'
  assert.is(readEffective(status), 0xc0_0000_0000n)
  assert.is(readEffective(''), 0n)
})
effective.run()

const holding = suite('holds')
holding('tells each from the others', () => {
  assert.ok(holds(0xc0_0000_0000n, 'CAP_BPF'))
  assert.not.ok(holds(0xc0_0000_0000n, 'CAP_SYS_ADMIN'))
})
holding.run()
