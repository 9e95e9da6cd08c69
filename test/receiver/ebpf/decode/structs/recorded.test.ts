import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { structKinds } from '../../../../../receiver/ebpf/decode/structs/calls.ts'
import { argumentOf, expected, FIXTURES, recordedCalls } from '../../../../kit/recorded-calls.ts'

for (const { name, abi } of FIXTURES) {
  const s = suite(`${name} of ${abi}, as strace prints them`)
  for (const call of recordedCalls(name, abi)) {
    const want = expected(call)
    const kinds = structKinds(want.name, abi)
    s(call.text, () => {
      for (const [index, kind] of Object.entries(kinds)) {
        const argument = argumentOf(call, abi, Number(index), kind)
        assert.is(kind.print(argument), want.arguments[Number(index)])
        if (kind.note !== undefined) assert.is(kind.note(argument), want.note)
      }
    })
  }
  s.run()
}
