/** A request for a trace, as plain data: from a command line, a configuration, or another machine. Types only. */

export interface TraceRequest {
  /** Words as `createCallSet` of syscalls/call-set.ts reads them; none: all calls. */
  readonly calls: readonly string[]
  readonly targets: TargetSelection
  readonly filter: CallFilter
  readonly limits: TraceLimits
  /** Calls that are in flight when it begins are shown at once. Absent: only those that begin later. */
  readonly inFlight?: true
}

/** Whose calls. Lists are alternatives; different lists must all hold. */
export type TargetSelection =
  | ContainerSelection
  | { readonly kind: 'all' }
  /** All that is in no container. */
  | { readonly kind: 'host' }
  /** systemd units, by name or pattern (`ssh`, `user@*.service`). */
  | { readonly kind: 'units'; readonly units: readonly string[] }
  /** Cgroups by path, and all below them. */
  | ({ readonly kind: 'cgroups'; readonly paths: readonly string[] } & OptedOut)
  /** Processes with all their threads, or single threads, and what they start from now on. */
  | ({ readonly kind: 'processes'; readonly pids: readonly number[] } & OptedOut)

interface OptedOut {
  /** Also the pods that opt out, by the label or annotation `swoll=false`. Absent: without them. */
  readonly withOptedOut?: boolean
}

export interface ContainerSelection extends OptedOut {
  readonly kind: 'containers'
  /** Namespaces of pods; none: all. */
  readonly namespaces: readonly string[]
  /** Names of pods; none: all. */
  readonly pods: readonly string[]
  /** Names in the pod, or the first 8 or more digits of ids; none: all. */
  readonly containers: readonly string[]
  /** Selectors of labels and of fields as kubectl has them; empty: all. */
  readonly labels: string
  readonly fields: string
  /** Whether containers that start later are wanted as well. */
  readonly isFollowing: boolean
}

/** Which of their calls. Absent: any. */
export interface CallFilter {
  readonly uid?: number
  /** The thread's name; the kernel keeps 15 bytes. */
  readonly comm?: string
  /** Names of errors, alternatives; empty: any error. */
  readonly errors?: readonly string[]
  /** Only those that returned, and not an error. */
  readonly isSuccessful?: boolean
  /** Files they are about, by absolute path; with `/` at its end, all below. Alternatives. Told by what was copied, not by the kernel side. */
  readonly paths?: readonly string[]
  readonly minNs: number
  /** One of so many, at random; 1: all. */
  readonly sample: number
}

export interface TraceLimits {
  /** Bytes copied of a path or another string. */
  readonly stringBytes: number
  /** Bytes copied of what is read, written, sent and received; 0: nothing. */
  readonly payloadBytes: number
  /** Whether what descriptors refer to is found out, and whether the environments of programs are copied. */
  readonly descriptors: boolean
  readonly environments: boolean
  /** Calls per second and container; absent: no limit. */
  readonly callsPerSecond?: number
}
