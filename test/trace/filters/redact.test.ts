import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { printCall } from '../../../syscalls/decode/print.ts'
import { createRedactor } from '../../../trace/filters/redact.ts'
import { type CallSpec, tracedCall } from '../../kit/traced-call.ts'

const bytes = (text: string) => Buffer.from(text)
const s = suite('createRedactor')
const rows: readonly (readonly [string, readonly RegExp[], CallSpec, string])[] = [
  [
    'a path',
    [/secret\d/],
    { call: 'open', arguments: [1, 0, 0], chunks: [{ order: 0, bytes: '/a/secret1/b/secret2' }], ret: 3 },
    'open("/a/*******/b/*******", O_RDONLY) = 3',
  ],
  [
    'arguments of a program, each for itself',
    [/^--password=.*/],
    {
      call: 'execve',
      arguments: [1, 2, 3],
      chunks: [
        { order: 0, bytes: '/bin/x' },
        { order: 1, bytes: 'x' },
        { order: 1, part: 1, bytes: '--password=a' },
        { order: 1, part: 2, bytes: 'b', isLast: false },
        { order: 1, part: 3, isLast: true },
      ],
    },
    'execve("/bin/x", ["x", "************", "b"], 0x3) = 0',
  ],
  [
    'data, binary as it may be',
    [/\d{4}/],
    { call: 'write', arguments: [1, 2, 8], chunks: [{ order: 1, bytes: bytes('\0a1234\xff\n') }], ret: 8 },
    'write(1, "\\0a****\\303\\277\\n", 8) = 8',
  ],
  [
    'letters beyond ASCII, as UTF-8',
    [/geheimnis ä/],
    { call: 'write', arguments: [1, 2, 14], chunks: [{ order: 1, bytes: bytes('(geheimnis ä)') }], ret: 14 },
    'write(1, "(************)", 14) = 14',
  ],
  [
    'whatever the case, if the pattern says so, and with several patterns',
    [/TOKEN/i, /b/],
    { call: 'write', arguments: [1, 2, 7], chunks: [{ order: 1, bytes: bytes('token b') }], ret: 7 },
    'write(1, "***** *", 7) = 7',
  ],
  [
    'nothing where nothing matches',
    [/x*/],
    { call: 'write', arguments: [1, 2, 2], chunks: [{ order: 1, bytes: bytes('ab') }], ret: 2 },
    'write(1, "ab", 2) = 2',
  ],
  [
    'the name of a socket that the kernel gave',
    [/secret/],
    {
      call: 'getsockname',
      arguments: [3, 0x1000, 0x2000],
      chunks: [{ order: 1, bytes: bytes('\x01\0/run/secret.sock\0') }],
    },
    'getsockname(3, {sa_family=AF_UNIX, sun_path="/run/******.sock"}, 0x2000) = 0',
  ],
  [
    'no struct',
    [/[\s\S]/],
    { call: 'nanosleep', arguments: [1, 0], chunks: [{ order: 0, bytes: new Uint8Array(16) }] },
    printCall(
      tracedCall({
        call: 'nanosleep',
        arguments: [1, 0],
        chunks: [{ order: 0, bytes: new Uint8Array(16) }],
      }),
    ),
  ],
]
for (const [name, patterns, spec, want] of rows)
  s(name, () => {
    const call = tracedCall(spec)
    createRedactor(patterns.map(({ source, flags }) => (flags === 'i' ? `(?i)${source}` : source)))(call)
    assert.is(printCall(call), want)
  })
s('takes time in proportion to the text, whatever the expression', () => {
  const call = tracedCall({
    call: 'write',
    arguments: [1, 2, 4096],
    chunks: [{ order: 1, bytes: `${'a'.repeat(4095)}b` }],
    ret: 4096,
  })
  const startMs = process.cpuUsage().user / 1000
  createRedactor(['(a+)+$', '(a|a)*c', '(a*)*d'])(call)
  assert.ok(process.cpuUsage().user / 1000 - startMs < 5000)
})
s.run()
