import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { printCall } from '../../../../syscalls/decode/print.ts'
import { type CallSpec, tracedCall } from '../../../kit/traced-call.ts'

/** Structs that the fixtures cannot show: they depend on the machine of the recording, or need other machines. */
const s = suite('printCall: structs without a fixture')

function names(length: number, ...texts: string[]): Uint8Array {
  const bytes = new Uint8Array(length * texts.length)
  for (const [i, text] of texts.entries()) bytes.set(Buffer.from(text), i * length)
  return bytes
}
const words = (...values: bigint[]) => new Uint8Array(BigUint64Array.from(values).buffer)

const rows: [string, CallSpec, string][] = [
  [
    'names of the machine',
    {
      call: 'uname',
      arguments: [0x1000],
      chunks: [{ order: 0, bytes: names(65, 'Linux', 'node', '6.1.0', '#1 "x"', 'x86_64', '') }],
    },
    'uname({sysname="Linux", nodename="node", release="6.1.0", version="#1 \\"x\\"", machine="x86_64", domainname=""}) = 0',
  ],
  [
    'short names of old calls',
    {
      abi: 'i386',
      call: 'oldolduname',
      arguments: [0x1000],
      chunks: [{ order: 0, bytes: names(9, 'Linux', 'node', '6.1', '#1', 'i686') }],
    },
    'oldolduname({sysname="Linux", nodename="node", release="6.1", version="#1", machine="i686"}) = 0',
  ],
  [
    'times of arm64',
    {
      abi: 'arm64',
      call: 'nanosleep',
      arguments: [0x1000, 0],
      chunks: [{ order: 0, bytes: words(1n, 5n) }],
    },
    'nanosleep({tv_sec=1, tv_nsec=5}, NULL) = 0',
  ],
  [
    'events of epoll with the gap that arm64 has',
    {
      abi: 'arm64',
      call: 'epoll_ctl',
      arguments: [3, 1, 4, 0x1000],
      chunks: [{ order: 2, bytes: words(1n, 7n) }],
    },
    'epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=EPOLLIN, data={u32=7, u64=7}}) = 0',
  ],
  [
    'pages in memory',
    {
      call: 'cachestat',
      arguments: [3, 0x1000, 0x2000, 0],
      chunks: [
        { order: 1, bytes: words(0n, 4096n) },
        { order: 2, bytes: words(1n, 2n, 3n, 4n, 5n) },
      ],
    },
    'cachestat(3, {off=0, len=4096}, {nr_cache=1, nr_dirty=2, nr_writeback=3, nr_evicted=4, nr_recently_evicted=5}, 0) = 0',
  ],
  [
    'a mount by its id',
    {
      call: 'listmount',
      arguments: [0x1000, 0x2000, 2, 0],
      ret: 2,
      chunks: [
        { order: 0, bytes: words(24n, 0x12n, 0n) },
        { order: 1, bytes: words(0x13n, 0x14n) },
      ],
    },
    'listmount({size=24, mnt_id=0x12, param=0}, [19, 20], 2, 0) = 2',
  ],
  [
    'what seccomp could do',
    {
      call: 'seccomp',
      arguments: [2, 0, 0x1000],
      chunks: [{ order: 1, bytes: Uint8Array.of(0, 0, 0xfc, 0x7f) }],
    },
    'seccomp(SECCOMP_GET_ACTION_AVAIL, 0, [SECCOMP_RET_LOG]) = 0',
  ],
  [
    'requests by their addresses',
    {
      call: 'io_submit',
      arguments: [0x7000, 2, 0x1000],
      ret: 2,
      chunks: [{ order: 0, bytes: words(0x2000n, 0n) }],
    },
    'io_submit(0x7000, 2, [0x2000, NULL]) = 2',
  ],
  [
    'several messages, of which one was sent',
    {
      call: 'sendmmsg',
      arguments: [3, 0x1000, 3, 0],
      ret: 1,
      chunks: [
        { order: 1, bytes: words(0n, 0n, 0x2000n, 1n, 0n, 0n, 0n, 0n) },
        { order: 1, part: 1, bytes: new Uint8Array() },
        { order: 1, part: 2, bytes: words(0x3000n, 5n) },
        { order: 1, part: 3, bytes: new Uint8Array() },
        { order: 1, part: 4, bytes: new TextEncoder().encode('hello') },
        { order: 1, entry: 1, bytes: words(0n, 0n, 0x2000n, 1n, 0n, 0n, 0n, 0n) },
        { order: 2, bytes: words(0n, 0n, 0x2000n, 1n, 0n, 0n, 0n, 5n) },
      ],
    },
    'sendmmsg(3, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="hello", iov_len=5}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=5}, {msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=0x2000, msg_iovlen=1, msg_controllen=0, msg_flags=0}}, ...], 3, 0) = 1',
  ],
]
for (const [name, spec, want] of rows) s(name, () => assert.is(printCall(tracedCall(spec)), want))
s.run()
