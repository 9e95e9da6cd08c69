import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { printCall } from '../../../../syscalls/decode/print.ts'
import { FIXTURES, recordedCalls, replay } from '../../../kit/recorded-calls.ts'

/** Commands that strace 6.1 has no names for, and we have. */
const NEWER = /0x40[b-e] \/\* F_\?\?\? \*\//

/** strace aligns what is behind the brackets. */
const ALIGNED = /\) +=/
/** Commands of sound cards that are the same numbers as those of terminals. */
const AMBIGUOUS = /SNDCTL_TMR_\w+ or /
/** Constants that strace names differently for 32-bit programs. */
const NARROW = /FS_IOC32_/

for (const { name, abi } of FIXTURES) {
  const s = suite(`printCall: ${name} of ${abi}, as strace has them`)
  for (const call of recordedCalls(name, abi)) {
    if (NEWER.test(call.text)) continue
    const want = call.text.replace(ALIGNED, ') =').replace(AMBIGUOUS, '').replace(NARROW, 'FS_IOC_')
    s(call.text, () => assert.is(printCall(replay(call, abi)), want))
  }
  s.run()
}
