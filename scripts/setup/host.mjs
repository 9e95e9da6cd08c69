/** Checks whether this machine and this user can set up and run swoll, before anything is downloaded or compiled. */
import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { SetupError } from './error.mjs'

const SUPPORTED = ['linux-x64', 'linux-arm64']
const OLDEST_NODE = 20
const OLDEST_KERNEL = [5, 15]
const BTF = '/sys/kernel/btf/vmlinux'
/** Numbers of capabilities: linux/capability.h. The first has all that the others are about. */
const SYS_ADMIN = 21n
const NEEDED = { CAP_BPF: 39n, CAP_PERFMON: 38n }

/** Returns the reasons why set-up itself cannot run here. */
export function platformProblems({ platform, arch, versions }) {
  const name = `${platform}-${arch}`
  if (!SUPPORTED.includes(name))
    return [new SetupError(`swoll reads the Linux kernel of x86-64 and arm64 machines, this is ${name}`)]
  if (Number(versions.node.split('.')[0]) < OLDEST_NODE)
    return [
      new SetupError(
        `set-up needs Node ${OLDEST_NODE} or later, this is v${versions.node}`,
        'apt-get install -y nodejs npm, on Debian 13; on systems with an older one take it from https://nodejs.org/en/download',
      ),
    ]
  return []
}

/** Reads the facts that `hostProblems` judges. */
export function readHost() {
  return {
    kernel: release(),
    hasTypes: existsSync(BTF),
    status: readFileSync('/proc/self/status', 'utf8'),
    isRoot: process.geteuid?.() === 0,
  }
}

/** Returns the reasons why the agent cannot run here: the kernel, then privileges. The agent says the same when it starts. */
export function hostProblems({ kernel, hasTypes, status, isRoot }) {
  const problems = []
  if (isOlder(kernel))
    problems.push(
      new SetupError(
        `the kernel must be ${OLDEST_KERNEL.join('.')} or later, this is ${kernel}`,
        'boot a later one: Debian 12, Ubuntu 22.04, RHEL 9 and later have it',
      ),
    )
  if (!hasTypes)
    problems.push(
      new SetupError(
        `the kernel must describe its types in ${BTF}, and the file is missing`,
        "boot a kernel with CONFIG_DEBUG_INFO_BTF=y (Debian 12, Ubuntu 22.04, RHEL 9 and later have it); in a container, mount the host's /sys",
      ),
    )
  const missing = missingCapabilities(status)
  if (missing.length > 0)
    problems.push(
      new SetupError(
        `the agent needs ${Object.keys(NEEDED).join(' and ')}, and ${isRoot ? 'root here' : 'this user'} lacks ${missing.join(' and ')}`,
        isRoot
          ? 'in a container, allow them: --cap-add BPF --cap-add PERFMON'
          : 'sudo env "PATH=$PATH" npm start',
      ),
    )
  return problems
}

function isOlder(kernel) {
  const [major, minor] = kernel.split('.').map(Number.parseFloat)
  return major < OLDEST_KERNEL[0] || (major === OLDEST_KERNEL[0] && minor < OLDEST_KERNEL[1])
}

function missingCapabilities(status) {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  const holds = bit => ((effective >> bit) & 1n) === 1n
  if (holds(SYS_ADMIN)) return []
  return Object.keys(NEEDED).filter(name => !holds(NEEDED[name]))
}
