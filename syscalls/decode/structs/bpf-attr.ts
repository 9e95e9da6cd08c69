/** Arguments of the commands of `bpf`. */

import type { Argument, Kind } from '../kind.ts'
import { quoteHex } from '../values/text.ts'
import { choice, choiceText, flags, names } from './named.ts'
import { addressOf, memoryOf } from './pointers.ts'
import { i32, pointer64, printed, u32, u64, x32 } from './scalars.ts'
import { type Fields, struct } from './struct.ts'
import { chars } from './text.ts'
import type { Type } from './type.ts'

const MAP_TYPES = names(
  `UNSPEC HASH ARRAY PROG_ARRAY PERF_EVENT_ARRAY PERCPU_HASH PERCPU_ARRAY STACK_TRACE CGROUP_ARRAY LRU_HASH LRU_PERCPU_HASH LPM_TRIE
  ARRAY_OF_MAPS HASH_OF_MAPS DEVMAP SOCKMAP CPUMAP XSKMAP SOCKHASH CGROUP_STORAGE REUSEPORT_SOCKARRAY PERCPU_CGROUP_STORAGE QUEUE
  STACK SK_STORAGE DEVMAP_HASH STRUCT_OPS RINGBUF INODE_STORAGE TASK_STORAGE BLOOM_FILTER USER_RINGBUF CGRP_STORAGE ARENA`,
  'BPF_MAP_TYPE_',
)
const PROGRAM_TYPES = names(
  `UNSPEC SOCKET_FILTER KPROBE SCHED_CLS SCHED_ACT TRACEPOINT XDP PERF_EVENT CGROUP_SKB CGROUP_SOCK LWT_IN LWT_OUT LWT_XMIT SOCK_OPS
  SK_SKB CGROUP_DEVICE SK_MSG RAW_TRACEPOINT CGROUP_SOCK_ADDR LWT_SEG6LOCAL LIRC_MODE2 SK_REUSEPORT FLOW_DISSECTOR CGROUP_SYSCTL
  RAW_TRACEPOINT_WRITABLE CGROUP_SOCKOPT TRACING STRUCT_OPS EXT LSM SK_LOOKUP SYSCALL NETFILTER`,
  'BPF_PROG_TYPE_',
)
const ATTACH_TYPES = names(
  `CGROUP_INET_INGRESS CGROUP_INET_EGRESS CGROUP_INET_SOCK_CREATE CGROUP_SOCK_OPS SK_SKB_STREAM_PARSER SK_SKB_STREAM_VERDICT
  CGROUP_DEVICE SK_MSG_VERDICT CGROUP_INET4_BIND CGROUP_INET6_BIND CGROUP_INET4_CONNECT CGROUP_INET6_CONNECT
  CGROUP_INET4_POST_BIND CGROUP_INET6_POST_BIND CGROUP_UDP4_SENDMSG CGROUP_UDP6_SENDMSG LIRC_MODE2 FLOW_DISSECTOR CGROUP_SYSCTL
  CGROUP_UDP4_RECVMSG CGROUP_UDP6_RECVMSG CGROUP_GETSOCKOPT CGROUP_SETSOCKOPT TRACE_RAW_TP TRACE_FENTRY TRACE_FEXIT
  MODIFY_RETURN LSM_MAC TRACE_ITER CGROUP_INET4_GETPEERNAME CGROUP_INET6_GETPEERNAME CGROUP_INET4_GETSOCKNAME
  CGROUP_INET6_GETSOCKNAME XDP_DEVMAP CGROUP_INET_SOCK_RELEASE XDP_CPUMAP SK_LOOKUP XDP SK_SKB_VERDICT SK_REUSEPORT_SELECT
  SK_REUSEPORT_SELECT_OR_MIGRATE PERF_EVENT TRACE_KPROBE_MULTI LSM_CGROUP`,
  'BPF_',
)
const MAP_FLAGS = names(
  `NO_PREALLOC=1 NO_COMMON_LRU=2 NUMA_NODE=4 RDONLY=8 WRONLY=0x10 STACK_BUILD_ID=0x20 ZERO_SEED=0x40 RDONLY_PROG=0x80
  WRONLY_PROG=0x100 CLONE=0x200 MMAPABLE=0x400 PRESERVE_ELEMS=0x800 INNER_MAP=0x1000 LINK=0x2000`,
  'BPF_F_',
)
const PROGRAM_FLAGS = names(
  'STRICT_ALIGNMENT=1 ANY_ALIGNMENT=2 TEST_RND_HI32=4 TEST_STATE_FREQ=8 SLEEPABLE=0x10 XDP_HAS_FRAGS=0x20',
  'BPF_F_',
)
const ATTACH_FLAGS = names('ALLOW_OVERRIDE=1 ALLOW_MULTI=2 REPLACE=4', 'BPF_F_')
const UPDATES = choiceText(names('BPF_ANY BPF_NOEXIST BPF_EXIST BPF_F_LOCK=4'), 'BPF_???')

const attachType = choice(u32, ATTACH_TYPES, 'BPF_???')
const mapFlags = flags(u32, MAP_FLAGS, 'BPF_F_???')
const version = printed(
  u32,
  value => `KERNEL_VERSION(${value >> 16n}, ${(value >> 8n) & 0xffn}, ${value & 0xffn})`,
)
const grown = (fields: Fields) => struct(fields, { isGrown: true })
const element = (fields: Fields) => grown({ map_fd: i32, _: u32, key: pointer64, ...fields })
/** An object by its id, in a struct that several commands share. */
const identified = (name: string) => grown({ [name]: u32, next_id: u32, open_flags: mapFlags })
const named = (name: string, fields: Fields) => struct({ [name]: grown(fields) })

const pinned = grown({ pathname: pointer64, bpf_fd: i32, file_flags: mapFlags })

const COMMANDS: readonly (Type | undefined)[] = [
  grown({
    map_type: choice(u32, MAP_TYPES, 'BPF_MAP_TYPE_???'),
    key_size: u32,
    value_size: u32,
    max_entries: u32,
    map_flags: mapFlags,
    inner_map_fd: i32,
    _numa_node: u32,
    map_name: chars(16),
    map_ifindex: u32,
    btf_fd: i32,
    btf_key_type_id: u32,
    btf_value_type_id: u32,
    btf_vmlinux_value_type_id: u32,
    map_extra: u64,
  }),
  element({ value: pointer64, flags: printed(u64, lookupFlags) }),
  element({ value: pointer64, flags: printed(u64, UPDATES) }),
  element({}),
  element({ next_key: pointer64 }),
  grown({
    prog_type: choice(u32, PROGRAM_TYPES, 'BPF_PROG_TYPE_???'),
    insn_cnt: u32,
    insns: pointer64,
    license: pointer64,
    log_level: u32,
    log_size: u32,
    log_buf: pointer64,
    kern_version: version,
    prog_flags: flags(u32, PROGRAM_FLAGS, 'BPF_F_???'),
    prog_name: chars(16),
    prog_ifindex: u32,
    expected_attach_type: attachType,
    prog_btf_fd: i32,
    func_info_rec_size: u32,
    func_info: pointer64,
    func_info_cnt: u32,
    line_info_rec_size: u32,
    line_info: pointer64,
    line_info_cnt: u32,
    attach_btf_id: u32,
    attach_prog_fd: i32,
  }),
  pinned,
  pinned,
  grown({
    target_fd: i32,
    attach_bpf_fd: i32,
    attach_type: attachType,
    attach_flags: flags(u32, ATTACH_FLAGS, 'BPF_F_???'),
  }),
  grown({ target_fd: i32, _attach_bpf_fd: i32, attach_type: attachType, _flags: u32 }),
  undefined,
  identified('start_id'),
  identified('start_id'),
  identified('prog_id'),
  identified('map_id'),
  named('info', { bpf_fd: i32, info_len: u32, info: pointer64 }),
  undefined,
  named('raw_tracepoint', { name: pointer64, prog_fd: i32, _: u32 }),
  grown({ btf: pointer64, btf_log_buf: pointer64, btf_size: u32, btf_log_size: u32, btf_log_level: u32 }),
  identified('btf_id'),
  ...Array.from({ length: 8 }, () => undefined),
  named('link_create', { prog_fd: i32, target_fd: i32, attach_type: attachType, flags: x32 }),
]

/** The struct of the command in argument `command`; argument `length` is its length. Unknown bytes behind it are shown unless zero. */
export function bpfAttr(command: number, length: number): Kind {
  return {
    copies: () => [{ how: 'array', when: 'entry', count: length, size: 1 }],
    print: argument => text(argument, COMMANDS[argument.other(command).uint]) ?? addressOf(argument),
  }
}

function text(argument: Argument, type: Type | undefined): string | undefined {
  const memory = argument.isNull ? undefined : memoryOf(argument)
  if (type === undefined || memory === undefined) return undefined
  const known = type.size(memory.sizes)
  const rest = memory.slice(known, memory.length)
  const shown = type.print(memory, 0, () => 0n)
  if (rest.every(byte => byte === 0)) return shown
  const end = memory.length - 1
  return `${shown.slice(0, -1)}, extra_data=${quoteHex(rest)} /* bytes ${known}..${end} */}`
}

/** `BPF_F_LOCK` is all that a look-up knows. */
function lookupFlags(value: bigint): string {
  return value === 0n || value === 4n ? UPDATES(value) : `0x${value.toString(16)} /* BPF_??? */`
}
