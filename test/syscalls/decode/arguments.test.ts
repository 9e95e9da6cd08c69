import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { argumentsOf, type CallSpec, tracedCall } from '../../kit/traced-call.ts'

const s = suite('argumentsOf')
const rows: [string, CallSpec, ReturnType<typeof argumentsOf>][] = [
  [
    'has each value as it was passed and as text',
    { call: 'openat', arguments: [0xffffff9cn, 0x7ffe_0000_1000, 0x80000, 0o644] },
    [
      { name: 'dfd', type: 'int', raw: -100, text: 'AT_FDCWD' },
      { name: 'filename', type: 'const char *', raw: '0x7ffe00001000', text: '0x7ffe00001000' },
      { name: 'flags', type: 'int', raw: 0x80000, text: 'O_RDONLY|O_CLOEXEC' },
      { name: 'mode', type: 'umode_t', raw: 0o644, text: '' },
    ],
  ],
  [
    'gives what no double holds in hexadecimal',
    { call: 'munmap', arguments: [0, 0xffff_ffff_ffff_ffffn] },
    [
      { name: 'addr', type: 'unsigned long', raw: 0, text: 'NULL' },
      { name: 'len', type: 'size_t', raw: '0xffffffffffffffff', text: '18446744073709551615' },
    ],
  ],
  ['is empty for a call without any', { call: 'getppid' }, []],
]
for (const [name, spec, want] of rows) s(name, () => assert.equal(argumentsOf(tracedCall(spec)), want))
s('knows six words of a call without a name', () => {
  assert.equal(
    argumentsOf(tracedCall({ call: 999 })).map(({ name }) => name),
    ['arg0', 'arg1', 'arg2', 'arg3', 'arg4', 'arg5'],
  )
})
s.run()
