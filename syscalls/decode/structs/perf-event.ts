/** The event that `perf_event_open` measures. */
import type { Argument, Kind } from '../kind.ts'
import { Memory } from './memory.ts'
import { choice, choiceText, flags, names } from './named.ts'
import { addressOf } from './pointers.ts'
import { hex, i32, u16, u32, u64, x32, x64 } from './scalars.ts'
import { struct, union, when } from './struct.ts'
import type { Type } from './type.ts'

/** Bytes of the oldest version, and of the newest version known here. */
const OLDEST = 64
const NEWEST = 128
const BREAKPOINT = 5n

const TYPES = names('HARDWARE SOFTWARE TRACEPOINT HW_CACHE RAW BREAKPOINT', 'PERF_TYPE_')
const SIZES = names('0=64 1=72 2=80 3=96 4=104 5=112 6=120 7=128', 'PERF_ATTR_SIZE_VER')
const COUNTERS: Readonly<Record<string, (value: bigint) => string>> = {
  0: choiceText(
    names(
      `CPU_CYCLES INSTRUCTIONS CACHE_REFERENCES CACHE_MISSES BRANCH_INSTRUCTIONS BRANCH_MISSES BUS_CYCLES STALLED_CYCLES_FRONTEND
      STALLED_CYCLES_BACKEND REF_CPU_CYCLES`,
      'PERF_COUNT_HW_',
    ),
    'PERF_COUNT_HW_???',
  ),
  1: choiceText(
    names(
      `CPU_CLOCK TASK_CLOCK PAGE_FAULTS CONTEXT_SWITCHES CPU_MIGRATIONS PAGE_FAULTS_MIN PAGE_FAULTS_MAJ ALIGNMENT_FAULTS
      EMULATION_FAULTS DUMMY BPF_OUTPUT CGROUP_SWITCHES`,
      'PERF_COUNT_SW_',
    ),
    'PERF_COUNT_SW_???',
  ),
  2: String,
}
const SAMPLE = names(
  `IP=1 TID=2 TIME=4 ADDR=8 READ=0x10 CALLCHAIN=0x20 ID=0x40 CPU=0x80 PERIOD=0x100 STREAM_ID=0x200 RAW=0x400 BRANCH_STACK=0x800
  REGS_USER=0x1000 STACK_USER=0x2000 WEIGHT=0x4000 DATA_SRC=0x8000 IDENTIFIER=0x10000 TRANSACTION=0x20000 REGS_INTR=0x40000
  PHYS_ADDR=0x80000 AUX=0x100000 CGROUP=0x200000 DATA_PAGE_SIZE=0x400000 CODE_PAGE_SIZE=0x800000 WEIGHT_STRUCT=0x1000000`,
  'PERF_SAMPLE_',
)
const READ = names('TOTAL_TIME_ENABLED=1 TOTAL_TIME_RUNNING=2 ID=4 GROUP=8 LOST=0x10', 'PERF_FORMAT_')
const [BRANCH_STACK, STACK_USER] = [0x800n, 0x2000n]
const BITS =
  `disabled inherit pinned exclusive exclude_user exclude_kernel exclude_hv exclude_idle mmap comm freq inherit_stat
  enable_on_exec task watermark precise_ip precise_ip mmap_data sample_id_all exclude_host exclude_guest
  exclude_callchain_kernel exclude_callchain_user mmap2 comm_exec use_clockid context_switch write_backward namespaces ksymbol
  bpf_event aux_output cgroup text_poke build_id inherit_thread remove_on_exec sigtrap`.split(/\s+/)
const SKIDS = ['arbitrary skid', 'constant skid', 'requested to have 0 skid', 'must have 0 skid']

const bit = (name: string) => 1n << BigInt(BITS.indexOf(name))
const [FREQ, WATERMARK, USE_CLOCKID] = [bit('freq'), bit('watermark'), bit('use_clockid')]
const [REST_AT, REST] = [BigInt(BITS.length), (1n << BigInt(64 - BITS.length)) - 1n]

const config: Type = {
  ...u64,
  print: (memory, at, get) => (COUNTERS[String(get('type'))] ?? hex)(u64.read(memory, at)),
}

/** Bit fields by name; one of them has two bits. */
const bits: Type = {
  ...u64,
  isInline: true,
  print(memory, at) {
    const value = u64.read(memory, at)
    const texts = BITS.map((name, i) => {
      if (name !== 'precise_ip') return `${name}=${(value >> BigInt(i)) & 1n}`
      const skid = Number((value >> BigInt(i)) & 3n)
      return `${name}=${skid} /* ${SKIDS[skid]} */`
    })
    texts.splice(BITS.indexOf('precise_ip') + 1, 1)
    const rest = (value >> REST_AT) & REST
    return [...texts, ...(rest === 0n ? [] : [`__reserved_1=${hex(rest)}`])].join(', ')
  },
}

const has = (type: Type, field: string, mask: bigint, isSet = true) =>
  when(type, get => ((get(field) & mask) !== 0n) === isSet)

const perfEventAttr = struct(
  {
    type: choice(u32, TYPES, 'PERF_TYPE_???'),
    size: choice(u32, SIZES, 'PERF_ATTR_SIZE_???'),
    config,
    _sample: union({ sample_period: has(u64, '_bits', FREQ, false), sample_freq: has(u64, '_bits', FREQ) }),
    sample_type: flags(u64, SAMPLE, 'PERF_SAMPLE_???'),
    read_format: flags(u64, READ, 'PERF_FORMAT_???'),
    _bits: bits,
    _wakeup: union({
      wakeup_events: has(u32, '_bits', WATERMARK, false),
      wakeup_watermark: has(u32, '_bits', WATERMARK),
    }),
    bp_type: when(x32, get => get('type') === BREAKPOINT),
    config1: x64,
    config2: x64,
    branch_sample_type: has(x64, 'sample_type', BRANCH_STACK),
    sample_regs_user: x64,
    sample_stack_user: has(x32, 'sample_type', STACK_USER),
    clockid: has(i32, '_bits', USE_CLOCKID),
    sample_regs_intr: x64,
    aux_watermark: u32,
    sample_max_stack: u16,
    _0: u16,
    aux_sample_size: u32,
    _1: u32,
    sig_data: x64,
  },
  { isGrown: true },
)

/** Its length stands in its second word; 0 stands for that of the oldest version. */
export const perfEvent: Kind = {
  copies: () => [
    { how: 'bytes', when: 'entry', size: OLDEST },
    { how: 'bytes', when: 'entry', size: NEWEST },
  ],
  print: argument => text(argument, 1) ?? text(argument, 0) ?? addressOf(argument),
}

function text(argument: Argument, order: number): string | undefined {
  const chunk = argument.chunks(order)[0]
  if (chunk === undefined || chunk.isUnreadable || chunk.bytes.length < OLDEST) return undefined
  const length = Number(new Memory(argument.abi, chunk.bytes).integer(4, 4, false)) || OLDEST
  return perfEventAttr.print(new Memory(argument.abi, chunk.bytes.subarray(0, length)), 0, () => 0n)
}
