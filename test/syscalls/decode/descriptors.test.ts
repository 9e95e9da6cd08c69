/** Files behind descriptors, from the kernel side's chunks. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  DESCRIPTOR_DETACHED,
  DESCRIPTOR_UNLINKED,
  descriptorLayout,
  socketLayout,
} from '../../../native/generated/trace-layout.ts'
import { definitionOf } from '../../../syscalls/decode/definition.ts'
import { redactReferent } from '../../../syscalls/decode/descriptors/referent.ts'
import { printCall } from '../../../syscalls/decode/print.ts'
import { syscallNumber } from '../../../syscalls/tables/syscalls.ts'
import { tracedCall } from '../../kit/traced-call.ts'

const PIPEFS = 0x50495045
const SOCKFS = 0x534f434b
const ANONYMOUS = 0x09041934
const NSFS = 0x6e736673
const EXT4 = 0xef53
const REGULAR = 0o100644
const SOCKET = 0o140777

interface File {
  readonly magic?: number
  readonly mode?: number
  readonly device?: number
  readonly flags?: number
  /** From the file up. */
  readonly names?: readonly string[]
}

function file({ magic = EXT4, mode = REGULAR, device = 0, flags = 0, names = [] }: File): Uint8Array {
  return descriptor({ magic, mode, device, flags }, Buffer.from(names.map(name => `${name}\0`).join('')))
}

function descriptor(
  { magic, mode, device, flags }: Required<Omit<File, 'names'>>,
  rest: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(descriptorLayout.size + rest.length)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(descriptorLayout.inode, 81n, true)
  view.setUint32(descriptorLayout.magic, magic, true)
  view.setUint32(descriptorLayout.specialDevice, device, true)
  view.setUint16(descriptorLayout.mode, mode, true)
  view.setUint16(descriptorLayout.flags, flags, true)
  bytes.set(rest, descriptorLayout.size)
  return bytes
}

interface Socket {
  readonly protocol?: string
  readonly family: number
  readonly local?: readonly [address: readonly number[], port: number]
  readonly remote?: readonly [address: readonly number[], port: number]
  readonly peer?: bigint
  readonly netlink?: readonly [protocol: number, port: number]
  readonly name?: string
}

function socket({ protocol = '', family, local, remote, peer = 0n, netlink, name = '' }: Socket): Uint8Array {
  const bytes = new Uint8Array(socketLayout.size + name.length)
  const view = new DataView(bytes.buffer)
  bytes.set(Buffer.from(protocol), socketLayout.protocol)
  view.setUint16(socketLayout.family, family, true)
  bytes.set(local?.[0] ?? [], socketLayout.localAddress)
  bytes.set(remote?.[0] ?? [], socketLayout.remoteAddress)
  view.setUint16(socketLayout.localPort, local?.[1] ?? 0, true)
  view.setUint16(socketLayout.remotePort, remote?.[1] ?? 0, true)
  view.setBigUint64(socketLayout.peer, peer, true)
  view.setUint16(socketLayout.netlinkProtocol, netlink?.[0] ?? 0, true)
  view.setUint32(socketLayout.netlinkPort, netlink?.[1] ?? 0, true)
  bytes.set(Buffer.from(name, 'latin1'), socketLayout.size)
  return descriptor({ magic: SOCKFS, mode: SOCKET, device: 0, flags: 0 }, bytes)
}

const close = (bytes: Uint8Array, isCut = false): string =>
  printCall(tracedCall({ call: 'close', arguments: [3], chunks: [{ order: 0, bytes, isCut }] }))

const LOOPBACK_6 = [...new Array<number>(15).fill(0), 1]
const s = suite('descriptors')
for (const [name, bytes, want] of [
  ['a path', file({ names: ['passwd', 'etc'] }), '</etc/passwd>'],
  ['the root', file({}), '</>'],
  ['a file that was deleted', file({ names: ['a'], flags: DESCRIPTOR_UNLINKED }), '</a>(deleted)'],
  ['a name that looks like an end', file({ names: ['a>\n\x1b[31m'] }), '</a\\76\\n\\33[31m>'],
  [
    'a terminal',
    file({ names: ['0', 'pts', 'dev'], mode: 0o020620, device: (136 << 20) | 1 }),
    '</dev/pts/0<char 136:1>>',
  ],
  ['a disk', file({ names: ['sda', 'dev'], mode: 0o060660, device: 8 << 20 }), '</dev/sda<block 8:0>>'],
  ['a pipe', file({ magic: PIPEFS, names: [''], flags: DESCRIPTOR_DETACHED }), '<pipe:[81]>'],
  [
    'an anonymous inode',
    file({ magic: ANONYMOUS, names: ['[eventpoll]'], flags: DESCRIPTOR_DETACHED }),
    '<anon_inode:[eventpoll]>',
  ],
  ['a namespace', file({ magic: NSFS, names: ['net'], flags: DESCRIPTOR_DETACHED }), '<net:[81]>'],
  [
    'memory with a name',
    file({ magic: 0x01021994, names: ['memfd:a'], flags: DESCRIPTOR_DETACHED }),
    '</memfd:a>(deleted)',
  ],
  ['a socket that is not bound', socket({ protocol: 'TCP', family: 2 }), '<TCP:[81]>'],
  [
    'a socket that listens',
    socket({ protocol: 'TCP', family: 2, local: [[127, 0, 0, 1], 80] }),
    '<TCP:[127.0.0.1:80]>',
  ],
  [
    'a connection',
    socket({ protocol: 'TCPv6', family: 10, local: [LOOPBACK_6, 80], remote: [LOOPBACK_6, 4711] }),
    '<TCPv6:[[::1]:80->[::1]:4711]>',
  ],
  [
    'a unix socket with a name',
    socket({ protocol: 'UNIX-STREAM', family: 1, peer: 82n, name: '/run/a.sock\0' }),
    '<UNIX-STREAM:[81->82,"/run/a.sock"]>',
  ],
  [
    'a unix socket with a name that is no path',
    socket({ protocol: 'UNIX', family: 1, name: '\0a\xff' }),
    '<UNIX:[81,@"a\\377"]>',
  ],
  ['netlink', socket({ protocol: 'NETLINK', family: 16, netlink: [0, 7] }), '<NETLINK:[ROUTE:7]>'],
  ['a family without addresses', socket({ protocol: 'PACKET', family: 17 }), '<PACKET:[81]>'],
] as const)
  s(name, () => assert.is(close(bytes), `close(3${want}) = 0`))
s('a path with more names than were looked at', () =>
  assert.is(close(file({ names: ['b', 'a'] }), true), 'close(3<.../a/b>) = 0'),
)
s('memory that is too short for one: the number alone', () => {
  assert.is(close(new Uint8Array(3)), 'close(3) = 0')
  assert.is(close(socket({ family: 2 }).subarray(0, 30)), 'close(3<socket:[81]>) = 0')
})
s('the working directory, and what is returned', () => {
  const chunks = [
    { order: 0, bytes: file({ names: ['root'] }) },
    { order: 1, bytes: 'a' },
    { order: 2, bytes: file({ names: ['a', 'root'] }) },
  ]
  const call = tracedCall({ call: 'openat', arguments: [-100, 1, 0, 0], ret: 3, chunks })
  assert.is(printCall(call), 'openat(AT_FDCWD</root>, "a", O_RDONLY) = 3</root/a>')
})
s('two that a call makes', () => {
  const pipe = file({ magic: PIPEFS, names: [''], flags: DESCRIPTOR_DETACHED })
  const chunks = [
    { order: 0, bytes: Uint8Array.of(3, 0, 0, 0, 4, 0, 0, 0) },
    { order: 1, bytes: pipe },
    { order: 1, part: 1, bytes: pipe },
  ]
  const call = tracedCall({ call: 'pipe2', arguments: [0x1000, 0], chunks })
  assert.is(printCall(call), 'pipe2([3<pipe:[81]>, 4<pipe:[81]>], 0) = 0')
})
s('redaction sees the path as it is shown', () => {
  const bytes = file({ names: ['secret', 'home'] })
  redactReferent(bytes, path => {
    assert.is(Buffer.from(path).toString(), '/home/secret')
    path.fill(0x2a, 6)
  })
  assert.is(close(bytes), 'close(3</home/******>) = 0')
})
s('redaction sees the name of a socket', () => {
  const bytes = socket({ protocol: 'UNIX', family: 1, name: '/run/a' })
  redactReferent(bytes, name => name.fill(0x2a, 5))
  assert.is(close(bytes), 'close(3<UNIX:[81,"/run/*"]>) = 0')
})
s.run()

const FILE = file({ names: ['f'] })
const results = suite('a result')
for (const [call, args, ret, want] of [
  ['fcntl', [3, 0], 5, '5</f>'],
  ['fcntl', [3, 1030], 5, '5</f>'],
  ['fcntl', [3, 3], 2, '0x2 (flags O_RDWR)'],
  ['fcntl', [3, 9], 2, '2'],
  ['bpf', [0, 0x1000, 72], 5, '5</f>'],
  ['bpf', [2, 0x1000, 72], 5, '5'],
  ['seccomp', [1, 8, 0x1000], 5, '5</f>'],
  ['seccomp', [1, 0, 0x1000], 0, '0'],
  ['landlock_create_ruleset', [0x1000, 8, 0], 5, '5</f>'],
  ['landlock_create_ruleset', [0, 0, 1], 5, '5'],
  ['landlock_create_ruleset', [0, 0, 2], 5, '5'],
  ['ioctl', [3, 0xb701], 5, '5</f>'],
  ['ioctl', [3, 0xae01], 5, '5</f>'],
  ['ioctl', [3, 0xae00], 12, '12'],
  ['ioctl', [3, 0xb703], 0x0400_0000, '67108864 (CLONE_NEWUTS)'],
  ['inotify_add_watch', [3, 0, 1], 1, '1'],
] as const)
  results(`of ${call}(${args}) is ${want}`, () => {
    const order = definitionOf('x86_64', syscallNumber('x86_64', call)!).returnedOrder
    const chunks = order < 0 ? [] : [{ order, bytes: FILE }]
    const text = printCall(tracedCall({ call, arguments: args, ret, chunks }))
    assert.is(text.slice(text.lastIndexOf(' = ') + 3), want)
  })
results('of a socketcall is a descriptor if that of the call it stands for is', () => {
  const order = definitionOf('i386', 102).returnedOrder
  const end = (number: number) =>
    printCall(
      tracedCall({ abi: 'i386', call: 102, arguments: [number], ret: 5, chunks: [{ order, bytes: FILE }] }),
    )
      .split(' = ')
      .at(-1)
  assert.equal([end(1), end(5), end(18), end(9)], ['5</f>', '5</f>', '5</f>', '5'])
})
results.run()
