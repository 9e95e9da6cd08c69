import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { COPIES } from '../../../native/generated/trace-layout.ts'
import { commandTables } from '../../../syscalls/decode/calls/commands.ts'
import { lineOf } from '../../../syscalls/decode/calls/lines.ts'
import { definitionOf } from '../../../syscalls/decode/definition.ts'
import { toKind } from '../../../syscalls/decode/kinds.ts'
import { parametersOf } from '../../../syscalls/decode/signatures.ts'
import { familyOf } from '../../../syscalls/decode/values/constants.ts'
import { type Abi, syscallNames, syscallNumber } from '../../../syscalls/tables/syscalls.ts'

/** Calls that no kernel of today makes: what they take is not worth a line. */
const GONE = new Set(
  `_sysctl afs_syscall bdflush break breakpoint ftime get_kernel_syms get_tls getpmsg gtty idle lock mpx prof
  profil putpmsg security stty tuxcall ulimit usr26 usr32 vserver`.split(/\s+/),
)

const s = suite('definitionOf')
const ABIS = ['x86_64', 'i386', 'x32', 'arm64', 'arm'] as const satisfies readonly Abi[]

for (const abi of ABIS) {
  s(`knows every call of ${abi}, with a kind for each parameter`, () => {
    const wrong = syscallNames(abi).flatMap(name => {
      if (GONE.has(name)) return []
      const line = lineOf(abi, name)
      const parameters = parametersOf(abi, name)
      if (line === undefined || parameters === undefined) return [`${name}: has no line`]
      const [kinds, wanted] = [line.kinds.length, parameters.length]
      return kinds === wanted ? [] : [`${name}: ${kinds} kinds for ${parameters.map(({ name }) => name)}`]
    })
    assert.equal(wrong, [])
  })
  s(`orders no more copies than there is room for, for a call of ${abi}`, () => {
    for (const name of syscallNames(abi))
      assert.ok(definitionOf(abi, syscallNumber(abi, name)!).copies.length <= COPIES, name)
  })
}
s('knows every word of every table of commands', () => {
  for (const [name, { family, lines, otherwise }] of commandTables()) {
    for (const word of [...lines.values(), otherwise].flat()) toKind(word)
    for (const command of lines.keys())
      assert.ok(
        ABIS.some(abi => familyOf(family, abi).valueOf(command) !== undefined),
        `${name}: ${command}`,
      )
  }
})
s.run()
