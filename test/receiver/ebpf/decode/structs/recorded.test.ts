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
      const notes: string[] = []
      for (const [index, kind] of kinds) {
        const argument = argumentOf(call, abi, index, kind)
        const text = kind.print(argument)
        // An empty text leaves an argument out.
        assert.is(text === '' ? undefined : text, want.arguments[index])
        notes.push(kind.note?.(argument) ?? '')
      }
      const hasNotes = [...kinds.values()].some(kind => kind.note !== undefined)
      if (hasNotes && call.ret > 0) assert.is(notes.filter(Boolean).join(', '), want.note)
    })
  }
  s.run()
}
