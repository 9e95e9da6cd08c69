import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { printCall } from '../../../../../receiver/ebpf/decode/print.ts'
import { FIXTURES, recordedCalls, replay } from '../../../../kit/recorded-calls.ts'

/** Other arguments of these are printed otherwise than strace 6.1 does. */
const OTHERWISE =
  /^(futex|ustat|quotactl|socketpair|getcwd|(f?set)xattr|time|adjtimex|clock_adjtime|clock_adjtime64|statx)\(|F_\?\?\?/
const isNarrow = /^(pread64|pwrite64|preadv2?|pwritev2?)\(/

for (const { name, abi } of FIXTURES) {
  const s = suite(`printCall: ${name} of ${abi}, as strace has them`)
  for (const call of recordedCalls(name, abi)) {
    if (OTHERWISE.test(call.text) || (abi === 'i386' && isNarrow.test(call.text))) continue
    // strace aligns what is behind the brackets.
    const want = call.text.replace(/\) +=/, ') =')
    s(call.text, () => assert.is(printCall(replay(call, abi)), want))
  }
  s.run()
}
