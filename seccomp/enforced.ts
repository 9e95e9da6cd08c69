/** Profiles that others wrote, as far as the question goes whether they allow a call. */
import { parse } from 'yaml'
import { z } from 'zod'
import { SwollError } from '../pipeline/errors.ts'

const actions = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_NOTIFY', 'SCMP_ACT_TRACE'] as const
const letsThrough = (action: string) => (actions as readonly string[]).includes(action)

const action = z.string().regex(/^SCMP_ACT_[A-Z_]+$/, 'must be an action such as SCMP_ACT_ERRNO')
const entry = z.looseObject({
  names: z.array(z.string()).optional(),
  name: z.string().optional(),
  action,
  args: z.array(z.looseObject({})).nullish(),
  includes: z.looseObject({}).nullish(),
  excludes: z.looseObject({}).nullish(),
})
const profile = z.looseObject({
  defaultAction: action,
  architectures: z.array(z.string()).nullish(),
  archMap: z
    .array(z.looseObject({ architecture: z.string(), subArchitectures: z.array(z.string()).nullish() }))
    .nullish(),
  syscalls: z.array(entry).nullish(),
})
type Profile = z.output<typeof profile>

/** `depends`: on arguments, capabilities or the kernel's version. */
type Verdict = 'allowed' | 'denied' | 'depends'

export interface EnforcedProfile {
  verdict(abi: string, name: string): Verdict
  /** Every name that some entry allows, sorted. */
  readonly allowed: readonly string[]
}

/**
 * Reads a profile of OCI or docker, a SeccompProfile resource, or the config.json of a bundle; JSON or YAML. Throws SECCOMP_INVALID; `place`
 * is the file's name.
 */
export function readProfile(text: string, place: string): EnforcedProfile {
  const found = profile.safeParse(findProfile(parseText(text, place)))
  if (!found.success) {
    const { path, message } = found.error.issues[0]!
    const rule = `must be a seccomp profile of OCI, docker or security-profiles-operator: ${path.join('.') || 'profile'}: ${message}`
    throw new SwollError('SECCOMP_INVALID', `${place}: ${rule}`)
  }
  return new Enforced(found.data)
}

function parseText(text: string, place: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 })
  } catch (cause) {
    const [line] = (cause as Error).message.split('\n')
    throw new SwollError('SECCOMP_INVALID', `${place}: must be JSON or YAML: ${line}`, { cause })
  }
}

function findProfile(document: unknown): unknown {
  const { kind, spec, linux } = (document ?? {}) as {
    kind?: unknown
    spec?: unknown
    linux?: { seccomp?: unknown }
  }
  if (kind === 'SeccompProfile') return spec
  return linux?.seccomp ?? document
}

const ABI_OF: Readonly<Record<string, string>> = {
  SCMP_ARCH_X86_64: 'x86_64',
  SCMP_ARCH_X86: 'i386',
  SCMP_ARCH_X32: 'x32',
  SCMP_ARCH_AARCH64: 'arm64',
  SCMP_ARCH_ARM: 'arm',
}
const NATIVE: readonly string[] = ['x86_64', 'arm64']

class Enforced implements EnforcedProfile {
  readonly allowed: readonly string[]
  readonly #entries: ReadonlyMap<string, readonly z.output<typeof entry>[]>
  readonly #isOpen: boolean
  readonly #abis: ReadonlySet<string>

  constructor({ defaultAction, architectures, archMap, syscalls }: Profile) {
    const entries = (syscalls ?? []).flatMap(each =>
      [...(each.names ?? []), ...(each.name === undefined ? [] : [each.name])].map(name => ({ name, each })),
    )
    this.#entries = new Map(
      [...Map.groupBy(entries, ({ name }) => name)].map(([name, all]) => [name, all.map(({ each }) => each)]),
    )
    this.#isOpen = letsThrough(defaultAction)
    const named = [
      ...(architectures ?? []),
      ...(archMap ?? []).flatMap(each => [each.architecture, ...(each.subArchitectures ?? [])]),
    ]
    this.#abis = new Set(named.flatMap(name => ABI_OF[name] ?? []))
    this.allowed = [...this.#entries]
      .flatMap(([name, all]) => (all.some(each => letsThrough(each.action)) ? [name] : []))
      .sort()
  }

  verdict(abi: string, name: string): Verdict {
    // A filter without architectures is for the native one; of any other the kernel side of libseccomp denies all.
    if (!(this.#abis.size === 0 ? NATIVE.includes(abi) : this.#abis.has(abi))) return 'denied'
    const entries = this.#entries.get(name) ?? []
    const other = entries.filter(each => letsThrough(each.action) !== this.#isOpen)
    const usual = this.#isOpen ? 'allowed' : 'denied'
    if (other.length === 0) return usual
    if (!other.some(isUnconditional)) return 'depends'
    return this.#isOpen ? 'denied' : 'allowed'
  }
}

function isUnconditional({ args, includes, excludes }: z.output<typeof entry>): boolean {
  return [args, includes, excludes].every(each => Object.keys(each ?? {}).length === 0)
}
