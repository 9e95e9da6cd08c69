/** Requirements that this host must meet before anything is loaded, each with its remedy. */
import { existsSync, readFileSync } from 'node:fs'
import { NativeError } from '../native/addon.ts'
import { type Capability, holds, readEffective } from '../pipeline/capabilities.ts'
import { SwollError } from '../pipeline/errors.ts'
import { nativeAbi } from '../syscalls/tables/syscalls.ts'

const NEEDED: readonly Capability[] = ['CAP_BPF', 'CAP_PERFMON']

/** The kernel's description of its types. */
export const BTF = '/sys/kernel/btf/vmlinux'

export interface HostFacts {
  readonly platform: string
  readonly arch: string
  readonly hasBtf: boolean
  /** /proc/self/status. */
  readonly status: string
}

export function readHostFacts(): HostFacts {
  return {
    platform: process.platform,
    arch: process.arch,
    hasBtf: existsSync(BTF),
    status: process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '',
  }
}

/** Loads programs on this host. Throws HOST_UNSUPPORTED, or a refusal by the kernel with its likely meaning. */
export function load<T>(open: () => T): T {
  checkRequirements(readHostFacts())
  try {
    return open()
  } catch (error) {
    throw explainRefusal(error)
  }
}

/** Throws HOST_UNSUPPORTED, naming everything that is missing. */
export function checkRequirements(facts: HostFacts): void {
  const problems = findProblems(facts)
  if (problems.length > 0) throw new SwollError('HOST_UNSUPPORTED', problems.join('; '))
}

function findProblems({ platform, arch, hasBtf, status }: HostFacts): string[] {
  if (platform !== 'linux')
    return [`host: must run Linux, got ${platform}; run swoll on the nodes themselves`]
  const problems: string[] = []
  if (nativeAbi(arch) === undefined) problems.push(`host: must be x64 or arm64, got ${arch}`)
  if (!hasBtf) {
    problems.push(
      `kernel: must describe its types in ${BTF}, and the file is missing; boot a kernel with CONFIG_DEBUG_INFO_BTF=y (Debian 12, Ubuntu 22.04, RHEL 9 and later have it), or mount the host's /sys`,
    )
  }
  const missing = missingCapabilities(status)
  if (missing.length > 0) {
    problems.push(
      `privileges: must include ${NEEDED.join(' and ')}, missing ${missing.join(' and ')}; run as root, or grant the capabilities`,
    )
  }
  return problems
}

/** Those that loading takes and that a thread lacks, by its `/proc/…/status`. */
export function missingCapabilities(status: string): Capability[] {
  const effective = readEffective(status)
  return holds(effective, 'CAP_SYS_ADMIN') ? [] : NEEDED.filter(capability => !holds(effective, capability))
}

const EPERM = 1
const E2BIG = 7
const EINVAL = 22
/** The kernel's own error code for what its BPF interpreter cannot do and its BPF compiler can. */
const ENOTSUPP = 524

/** Adds the most likely meaning of the kernel's refusal to the error. Other errors pass unchanged. */
export function explainRefusal(error: unknown): Error {
  if (!(error instanceof NativeError)) return error as Error
  const remedy = toRemedy(error)
  return new SwollError(error.code, `${error.message}${remedy ? `; ${remedy}` : ''}`, { cause: error })
}

function toRemedy({ code, errno, log }: NativeError): string | undefined {
  if (code !== 'NATIVE_BPF_LOAD_FAILED' && code !== 'NATIVE_BPF_ATTACH_FAILED') return undefined
  const verdict = lastLine(log)
  const says = verdict ? `the verifier says "${verdict}"; ` : ''
  if (errno === EPERM) return `${says}check that no security module or container profile forbids bpf(2)`
  if (errno === ENOTSUPP)
    return `${says}net.core.bpf_jit_enable must be 1: sysctl -w net.core.bpf_jit_enable=1`
  if (errno === EINVAL || errno === E2BIG || verdict) {
    return `${says}the kernel must be 5.15 or newer with CONFIG_BPF_SYSCALL and CONFIG_BPF_JIT`
  }
  return undefined
}

/** The verifier's complaint: its last line that is not statistics. */
function lastLine(log: string | undefined): string | undefined {
  return log
    ?.split('\n')
    .filter(line => line !== '' && !line.startsWith('processed ') && !line.startsWith('--'))
    .at(-1)
}
