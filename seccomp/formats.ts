/** Profiles as those who enforce them read them. */
import { stringify } from 'yaml'
import type { AllowedCall, ProfilePlan } from './profile.ts'

export const PROFILE_FORMATS = ['oci', 'kubernetes', 'docker', 'json'] as const
type ProfileFormat = (typeof PROFILE_FORMATS)[number]

interface FormatOptions {
  /** A denied call fails with this errno. */
  readonly errno: { readonly name: string; readonly number: number }
  /** Of the SeccompProfile resource. */
  readonly name: string
  readonly namespace: string | undefined
}

const ALLOW = 'SCMP_ACT_ALLOW'
const DENY = 'SCMP_ACT_ERRNO'
const EPERM = 1
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'SCMP_ARCH_X86_64',
  i386: 'SCMP_ARCH_X86',
  x32: 'SCMP_ARCH_X32',
  arm64: 'SCMP_ARCH_AARCH64',
  arm: 'SCMP_ARCH_ARM',
}
const COMMENTS = {
  seen: 'seen',
  start: 'seen at the start of the container, and not later',
  setup: 'seen at the start: perhaps of the runtime alone, before the program',
  runtime: 'not seen; the container runtime needs it to start the program',
} as const

/** Ends with a newline. */
export function formatProfile(plan: ProfilePlan, format: ProfileFormat, options: FormatOptions): string {
  switch (format) {
    case 'oci':
      return toJson(toOci(plan, options))
    case 'docker':
      return toJson(toDocker(plan, options))
    case 'kubernetes':
      return stringify(toResource(plan, options), { lineWidth: 0 })
    case 'json':
      return toJson(plan)
  }
}

/** `linux.seccomp` of the runtime specification, 1.1 for `defaultErrnoRet`; a file for `localhostProfile` of Kubernetes, too. */
function toOci(plan: ProfilePlan, { errno }: FormatOptions) {
  return {
    defaultAction: DENY,
    defaultErrnoRet: errno.number,
    architectures: plan.abis.map(abi => ARCHITECTURES[abi]),
    syscalls: toEntries(plan).map(({ comment: _, ...entry }) => entry),
  }
}

function toDocker(plan: ProfilePlan, { errno }: FormatOptions) {
  const [native, ...others] = plan.abis.map(abi => ARCHITECTURES[abi])
  return {
    defaultAction: DENY,
    defaultErrnoRet: errno.number,
    archMap: [{ architecture: native, subArchitectures: others }],
    syscalls: toEntries(plan),
  }
}

/** The resource of security-profiles-operator. It has no errno: the runtime's is EPERM. */
function toResource(plan: ProfilePlan, { name, namespace, errno }: FormatOptions) {
  return {
    apiVersion: 'security-profiles-operator.x-k8s.io/v1beta1',
    kind: 'SeccompProfile',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      annotations: {
        'swoll.io/window': `${new Date(plan.sinceMs).toISOString()}/${new Date(plan.untilMs).toISOString()}`,
        'swoll.io/instances': `${plan.instances}`,
        'swoll.io/complete': `${plan.gaps.length === 0}`,
      },
    },
    spec: {
      defaultAction: DENY,
      ...(errno.number !== EPERM && { defaultErrnoRet: errno.number }),
      architectures: plan.abis.map(abi => ARCHITECTURES[abi]),
      syscalls: toEntries(plan).map(({ comment: _, ...entry }) => entry),
    },
  }
}

interface Entry {
  readonly names: readonly string[]
  readonly action: typeof ALLOW
  readonly args?: readonly object[]
  readonly comment: string
}

/** One entry for each reason, then one for each value of an argument: entries are alternatives, conditions of one entry are not. */
function toEntries({ allowed }: ProfilePlan): Entry[] {
  const free = Map.groupBy(
    allowed.filter(({ argument }) => argument === undefined),
    ({ why }) => why,
  )
  const order = ['seen', 'start', 'setup', 'runtime'] as const
  const entries = order.flatMap(why => {
    const names = free.get(why)?.map(({ name }) => name)
    return names === undefined ? [] : [{ names, action: ALLOW, comment: COMMENTS[why] } as const]
  })
  return [...entries, ...allowed.flatMap(toConditions)]
}

function toConditions({ name, why, argument }: AllowedCall): Entry[] {
  return (argument?.values ?? []).map(value => ({
    names: [name],
    action: ALLOW,
    args: [{ index: argument!.index, value: Number(value), op: 'SCMP_CMP_EQ' }],
    comment: COMMENTS[why],
  }))
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
