/**
 * Requirements of tests on the machine, and the way to skip a test if the machine lacks one.
 *
 * A whole file: call `requireBpf()` and its like at the top, before any suite. If something is missing, one line
 * `SKIP <reason>` is printed and the process ends with 0. A single test: `when(s, lacksCommand('promtool'))(name, fn)`.
 * With REQUIRE_BPF=1 what is missing fails the run instead. The runner refuses a skip that gives no reason.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The missing requirement, as the end of the sentence "skipped because …"; undefined: none is missing. */
export type Lack = string | undefined

/** Root is effective user id 0. */
export function lacksRoot(): Lack {
  return process.geteuid?.() === 0 ? undefined : 'needs root'
}

/** BPF needs root or CAP_BPF with CAP_PERFMON, and a kernel that publishes its types. */
export function lacksBpf(): Lack {
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'needs /sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF)'
  const capEff = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  const [perfmon, bpf, admin] = [38n, 39n, 21n].map(bit => (BigInt(`0x${capEff}`) >> bit) & 1n)
  return admin || (bpf && perfmon) ? undefined : 'needs CAP_BPF and CAP_PERFMON, or root'
}

/** A program on PATH, `/usr/sbin` and `/sbin` included. */
export function lacksCommand(name: string): Lack {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some(folder => isExecutable(join(folder, name))) ? undefined : `needs the command ${name}`
}

/** A mount namespace of one's own: root has it, but not in a container without CAP_SYS_ADMIN, nor in a bare chroot. */
export function lacksPrivateMounts(): Lack {
  const lack = lacksRoot() ?? lacksCommand('unshare')
  if (lack !== undefined) return lack
  const { status } = spawnSync('unshare', ['--mount', 'true'], { stdio: 'ignore' })
  return status === 0 ? undefined : 'needs mounts that can be made private'
}

/** A file the build makes, such as the native addon. */
export function lacksFile(path: string): Lack {
  return existsSync(path) ? undefined : `needs ${path}`
}

/** Ends this test file with a printed reason if one of `lacks` is missing; throws instead under REQUIRE_BPF=1. */
export function requireAll(...lacks: Lack[]): void {
  const reason = lacks.find(lack => lack !== undefined)
  if (reason === undefined) return
  if (isStrict()) throw new Error(`REQUIRE_BPF=1 forbids skipping: ${reason}`)
  process.stdout.write(`SKIP ${reason}\n`)
  process.exit(0)
}

export const requireBpf = (): void => requireAll(lacksBpf())
export const requireCommand = (name: string): void => requireAll(lacksCommand(name))

type Handler = () => Promise<void> | void
type Add = (name: string, handler: Handler) => void

/** The suite itself if nothing is missing, else something that skips each test with its reason. */
export function when(suite: Add & { skip(name?: string): void }, lack: Lack): Add {
  if (lack === undefined) return suite
  return name => {
    if (isStrict()) {
      suite(name, () => {
        throw new Error(`REQUIRE_BPF=1 forbids skipping: ${lack}`)
      })
      return
    }
    process.stdout.write(`SKIP ${name}: ${lack}\n`)
    suite.skip()
  }
}

function isStrict(): boolean {
  return process.env.REQUIRE_BPF === '1'
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
