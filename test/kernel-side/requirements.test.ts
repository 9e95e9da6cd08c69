/** All that a host lacks is reported before anything is loaded, with remedies; a refusal is reported with its most likely meaning. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  checkRequirements,
  explainRefusal,
  type HostFacts,
  readHostFacts,
} from '../../kernel/requirements.ts'
import { NativeError } from '../../native/addon.ts'
import { type ErrorCode, SwollError } from '../../pipeline/errors.ts'

const CAP_SYS_ADMIN = 21n
const CAP_PERFMON = 38n
const CAP_BPF = 39n

/** /proc/self/status of a process with these effective capabilities; all are permitted. */
function statusWith(...capabilities: bigint[]): string {
  const mask = capabilities.reduce((bits, bit) => bits | (1n << bit), 0n)
  const hex = (bits: bigint) => bits.toString(16).padStart(16, '0')
  return `Name:\tnode\nCapPrm:\t${hex((1n << 41n) - 1n)}\nCapEff:\t${hex(mask)}\nCapBnd:\t${hex(0n)}\n`
}

const FIT: HostFacts = {
  platform: 'linux',
  arch: 'x64',
  hasBtf: true,
  status: statusWith(CAP_BPF, CAP_PERFMON),
}

function problemsOf(facts: Partial<HostFacts>): string[] {
  try {
    checkRequirements({ ...FIT, ...facts })
    return []
  } catch (error) {
    assert.instance(error, SwollError)
    assert.is((error as SwollError).code, 'HOST_UNSUPPORTED')
    return (error as SwollError).message.split(/; (?=host:|kernel:|privileges:)/)
  }
}

const NO_BTF =
  "kernel: must describe its types in /sys/kernel/btf/vmlinux, and the file is missing; boot a kernel with CONFIG_DEBUG_INFO_BTF=y (Debian 12, Ubuntu 22.04, RHEL 9 and later have it), or mount the host's /sys"
const lacks = (names: string) =>
  `privileges: must include CAP_BPF and CAP_PERFMON, missing ${names}; run as root, or grant the capabilities`

const check = suite('checkRequirements')
for (const [name, facts, want] of [
  ['x86-64 with both capabilities', {}, []],
  ['arm64', { arch: 'arm64' }, []],
  ['CAP_SYS_ADMIN alone, which older kernels have instead', { status: statusWith(CAP_SYS_ADMIN) }, []],
  ['no CAP_BPF', { status: statusWith(CAP_PERFMON) }, [lacks('CAP_BPF')]],
  ['no CAP_PERFMON', { status: statusWith(CAP_BPF) }, [lacks('CAP_PERFMON')]],
  ['neither', { status: statusWith() }, [lacks('CAP_BPF and CAP_PERFMON')]],
  ['a status that says nothing', { status: '' }, [lacks('CAP_BPF and CAP_PERFMON')]],
  ['no types of the kernel', { hasBtf: false }, [NO_BTF]],
  ['an architecture without tables', { arch: 'ia32' }, ['host: must be x64 or arm64, got ia32']],
  [
    'everything missing at once',
    { arch: 'riscv64', hasBtf: false, status: statusWith(CAP_PERFMON) },
    ['host: must be x64 or arm64, got riscv64', NO_BTF, lacks('CAP_BPF')],
  ],
  [
    'another system, of which nothing else is asked',
    { platform: 'darwin', arch: 'arm', hasBtf: false, status: '' },
    ['host: must run Linux, got darwin; run swoll on the nodes themselves'],
  ],
] as const)
  check(`${want.length === 0 ? 'accepts' : 'refuses'} ${name}`, () => {
    assert.equal(problemsOf(facts), want)
  })
check('reads the facts of this host', () => {
  const facts = readHostFacts()
  assert.equal([facts.platform, facts.arch], [process.platform, process.arch])
  assert.match(facts.status, /^CapEff:\s*[0-9a-f]{16}$/m)
})
check.run()

const LOG = 'arg#0 reference type\n0: R1=ctx()\nunknown func bpf_x#212\nprocessed 3 insns\n-- END --\n'
const SECURITY = 'check that no security module or container profile forbids bpf(2)'
const KERNEL = 'the kernel must be 5.15 or newer with CONFIG_BPF_SYSCALL and CONFIG_BPF_JIT'

function refusal(code: ErrorCode, errno: number, log?: string): NativeError {
  const cause = Object.assign(new Error('call: refused'), { call: 'call', errno, ...(log && { log }) })
  return new NativeError(code, 'object.o: call: refused', cause)
}

const explain = suite('explainRefusal')
for (const [name, error, want] of [
  ['EPERM', refusal('NATIVE_BPF_LOAD_FAILED', 1), `; ${SECURITY}`],
  [
    'EPERM with a verdict',
    refusal('NATIVE_BPF_LOAD_FAILED', 1, LOG),
    `; the verifier says "unknown func bpf_x#212"; ${SECURITY}`,
  ],
  ['EINVAL', refusal('NATIVE_BPF_LOAD_FAILED', 22), `; ${KERNEL}`],
  ['E2BIG', refusal('NATIVE_BPF_LOAD_FAILED', 7), `; ${KERNEL}`],
  [
    'any other number with a verdict',
    refusal('NATIVE_BPF_LOAD_FAILED', 13, LOG),
    `; the verifier says "unknown func bpf_x#212"; ${KERNEL}`,
  ],
  [
    'ENOTSUPP',
    refusal('NATIVE_BPF_LOAD_FAILED', 524),
    '; net.core.bpf_jit_enable must be 1: sysctl -w net.core.bpf_jit_enable=1',
  ],
  ['EPERM on attaching', refusal('NATIVE_BPF_ATTACH_FAILED', 1), `; ${SECURITY}`],
  ['lack of memory', refusal('NATIVE_BPF_LOAD_FAILED', 12), ''],
  ['a map that cannot be reached', refusal('NATIVE_BPF_MAP_FAILED', 1), ''],
] as const)
  explain(`${want ? 'gives the remedy for' : 'adds nothing to'} ${name}`, () => {
    const explained = explainRefusal(error) as SwollError
    assert.is(explained.message, `object.o: call: refused${want}`)
    assert.is(explained.code, error.code)
    assert.is(explained.cause, error)
  })
explain('passes what is no refusal by the kernel', () => {
  const error = new SwollError('NATIVE_LAYOUT_MISMATCH', 'differs')
  assert.is(explainRefusal(error), error)
})
explain.run()
