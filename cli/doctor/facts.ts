/** What the checks judge, read before: data alone, so that a test can make any host, agent or Prometheus. */

import type { Sample } from './metrics-text.ts'
import type { Needs } from './needs.ts'
import type { Right } from './rights.ts'

export interface Facts {
  readonly host: HostFacts
  readonly needs: Needs
  /** Absent: not asked for. */
  readonly agent?: AgentFacts | undefined
  readonly prometheus?: PrometheusFacts | undefined
  /** Rights that the configuration needs and the API server does not give; absent: it needs none. */
  readonly cluster?: ClusterFacts | undefined
}

/** What is cheap to read, and tells an agent that starts what is limited. */
export interface StartFacts {
  readonly host: Pick<HostFacts, 'cpus' | 'place' | 'lockdown' | 'cgroups' | 'memory' | 'openFiles' | 'clock'>
  readonly needs: Needs
}

export interface HostFacts {
  readonly platform: string
  readonly arch: string
  /** Such as `6.18.44-generic`. */
  readonly kernel: string
  readonly cpus: number
  readonly threads: number
  readonly isRoot: boolean
  /** Where this process lives, which decides how a right is given to it. */
  readonly place: 'kubernetes' | 'container' | 'systemd' | 'shell'
  readonly types: TypeFacts
  /** /proc/self/status. */
  readonly status: string
  /** Such as `none`, `integrity` or `confidentiality`; absent: the kernel has no lockdown. */
  readonly lockdown?: string | undefined
  /** Numbers below /proc/sys, by their name with dots; what is not there is absent. */
  readonly sysctls: Readonly<Record<string, number | undefined>>
  readonly programs: ProgramFacts
  readonly cgroups: CgroupFacts
  readonly memory: MemoryFacts
  /** Soft limit of open files. */
  readonly openFiles?: number | undefined
  readonly runtimes: readonly SocketFacts[]
  readonly ports: readonly PortFacts[]
  readonly clock: ClockFacts
  readonly watchers: WatcherFacts
  /** Paths below /sys/fs/bpf. */
  readonly pinned: readonly string[]
  /** Sandboxes that run, by the program that makes them, such as `runsc-sandbox`. */
  readonly sandboxes: Readonly<Record<string, number>>
}

export interface TypeFacts {
  readonly path: string
  readonly isThere: boolean
  /** Whether anything of /sys/kernel is there: it is not where sysfs is not mounted. */
  readonly hasSysfs: boolean
  /** Tracepoints that the types do not tell of. */
  readonly missingTracepoints: readonly string[]
}

/** An attempt to load the programs: absent where it was not made. */
export interface ProgramFacts {
  readonly counting?: Attempt | undefined
  readonly tracing?: Attempt | undefined
}
export interface Attempt {
  readonly ms: number
  /** The error, with its likely meaning. */
  readonly error?: string | undefined
  readonly errno?: number | undefined
  /** Whether the kernel tells the names of new cgroups. */
  readonly hasCgroupNames?: boolean | undefined
  /** Capabilities that stay after the start, and why. */
  readonly keeps?: readonly string[] | undefined
}

export interface CgroupFacts {
  /** Why there is none that could be used. */
  readonly error?: string | undefined
  readonly version?: 1 | 2 | undefined
  readonly controller?: string | undefined
  readonly mountPoint?: string | undefined
  /** Whether all cgroups of the host can be seen there. */
  readonly isWhole?: boolean | undefined
  /** Mount point of the v1 hierarchy beside v2. */
  readonly v1?: string | undefined
}

export interface MemoryFacts {
  /** Folder of the cgroup whose limit this is. */
  readonly cgroup?: string | undefined
  readonly limitBytes?: number | undefined
  readonly usedBytes?: number | undefined
  /** Processes of the cgroup that were killed for want of memory. */
  readonly kills?: number | undefined
  /** CPUs that it may use. */
  readonly cpuLimit?: number | undefined
  /** Share of the periods in which it had to wait for its turn; 0 to 1. */
  readonly throttledShare?: number | undefined
}

export interface SocketFacts {
  readonly name: string
  readonly path: string
  readonly isReachable: boolean
}

export interface PortFacts {
  /** Key of the configuration. */
  readonly place: string
  readonly host: string
  readonly port: number
  readonly state: 'free' | 'taken' | 'denied' | 'no_address'
  readonly holder?: Process | undefined
}

export interface Process {
  readonly pid: number
  readonly name: string
}

interface ClockFacts {
  readonly source?: string | undefined
  readonly available: readonly string[]
  /** How far the wall clock went away from the monotonic one while it was watched. */
  readonly stepMs: number
  readonly watchedMs: number
}

export interface WatcherFacts {
  /** Whether all processes could be looked at. */
  readonly isComplete: boolean
  /** Others with a BPF program on sys_enter or sys_exit. */
  readonly onCalls: readonly Process[]
  /** Others with BPF programs on tracepoints or kprobes; on which is not told. */
  readonly onEvents: readonly Process[]
  /** Switches in tracefs that are on, of the events of calls. */
  readonly ftraceEvents: readonly string[]
  /** Processes that a debugger or strace has stopped at their calls. */
  readonly ptraced: readonly Process[]
}

export interface AgentFacts {
  readonly url: string
  /** Whether the user has named it. */
  readonly isNamed: boolean
  /** Why there is nothing more. */
  readonly error?: string | undefined
  readonly before: readonly Sample[]
  readonly after: readonly Sample[]
  /** Between the two. */
  readonly elapsedMs: number
  /** Who listens there, if it is on this host. */
  readonly process?: Process | undefined
  readonly memory?: MemoryFacts | undefined
  /** Containers of this host whose threads have worked between the two, and that have no series; absent: not known. */
  readonly blind?: readonly string[] | undefined
  readonly containers?: number | undefined
}

export interface PrometheusFacts {
  readonly url: string
  readonly error?: string | undefined
  readonly version?: string | undefined
  /** `--enable-feature`. */
  readonly features: readonly string[]
  readonly targets: readonly TargetFacts[]
  /** Whether it has native histograms, classic buckets, and counters of swoll. */
  readonly natives: number
  readonly classics: number
  readonly counters: number
  /** Age of its newest sample of swoll. */
  readonly newestAgeS?: number | undefined
}

export interface TargetFacts {
  readonly job: string
  readonly url: string
  readonly isUp: boolean
  readonly lastError: string
  readonly lastAgeS: number
  readonly intervalS: number
  readonly durationS: number
  /** `scrape_native_histograms` of the job, or else of all. */
  readonly takesNatives: boolean
}

export interface ClusterFacts {
  readonly server?: string | undefined
  readonly error?: string | undefined
  readonly asked: number
  readonly missing: readonly Right[]
}
