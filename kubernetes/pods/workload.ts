/** Which workload a pod belongs to: from its owner's name where that is certain, else by asking for the owner. */
import type { ObjectMetadata } from '../client/api-client.ts'
import type { ApiObject } from '../client/api-error.ts'
import { type Pod, toOwner } from './pod.ts'

interface Owner {
  readonly name: string
  /** Absent when nobody was asked for it. */
  readonly uid?: string | undefined
}

export const WORKLOAD_KINDS = [
  'deployment',
  'replicaset',
  'statefulset',
  'daemonset',
  'job',
  'cronjob',
] as const
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number]
export type Workload = { readonly [K in WorkloadKind]?: Owner }

/** Gives an object's metadata; null or undefined when it is not to be had, or not yet. */
type Lookup = (object: ApiObject) => ObjectMetadata | null | undefined

interface WorkloadOptions {
  /** Ask for the ReplicaSet of every pod: its name is not taken apart, or the Deployment's uid is wanted. */
  readonly isDeploymentAsked: boolean
  /** Ask for the Job of every pod: the CronJob's uid is wanted. */
  readonly isCronJobAsked: boolean
  /** Whether anybody wants the CronJob at all. */
  readonly isCronJobWanted: boolean
}

const GROUPS: Readonly<Record<WorkloadKind, string>> = {
  deployment: 'apps',
  replicaset: 'apps',
  statefulset: 'apps',
  daemonset: 'apps',
  job: 'batch',
  cronjob: 'batch',
}

/** The object of a workload, to look it up. */
export function workloadObject(kind: WorkloadKind, namespace: string, name: string): ApiObject {
  return { group: GROUPS[kind], version: 'v1', resource: `${kind}s`, namespace, name }
}

/** The pod's owner and the owner's owner, as far as they are known by now. */
export function workloadOf(pod: Pod, options: WorkloadOptions, lookup: Lookup): Workload {
  const { owner } = pod
  switch (owner?.kind) {
    case 'StatefulSet':
      return { statefulset: owner }
    case 'DaemonSet':
      return { daemonset: owner }
    case 'ReplicaSet': {
      const deployment = deploymentOf(pod, owner, options, lookup)
      return { replicaset: owner, ...(deployment && { deployment }) }
    }
    case 'Job': {
      const cronjob = options.isCronJobWanted ? cronJobOf(pod, owner, options, lookup) : undefined
      return { job: owner, ...(cronjob && { cronjob }) }
    }
    default:
      return {}
  }
}

function deploymentOf(pod: Pod, owner: Owner, options: WorkloadOptions, lookup: Lookup): Owner | undefined {
  if (options.isDeploymentAsked) {
    const found = lookup(workloadObject('replicaset', pod.namespace, owner.name))
    if (found) return ownerOfKind(found, 'Deployment')
  }
  // The Deployment controller gives the ReplicaSet this label, and its name this end. Others use other labels.
  const hash = pod.labels['pod-template-hash']
  if (!hash || !owner.name.endsWith(`-${hash}`)) return undefined
  return { name: owner.name.slice(0, -hash.length - 1) }
}

/** The CronJob controller names Jobs after the minute they were due, since 1970. */
const DUE = /^(.+)-(\d{8})$/
/** A Job starts after it was due, unless clocks differ; not a month later, unless its name only looks so. */
const EARLY_MS = 3_600_000
const LATE_MS = 30 * 24 * 3_600_000

function cronJobOf(pod: Pod, owner: Owner, options: WorkloadOptions, lookup: Lookup): Owner | undefined {
  const [, name, minutes] = DUE.exec(owner.name) ?? []
  const lateMs = Date.parse(pod.startTime ?? '') - Number(minutes) * 60_000
  const isCertain = name !== undefined && !(lateMs < -EARLY_MS || lateMs > LATE_MS)
  if (isCertain && !options.isCronJobAsked) return { name }
  const found = lookup(workloadObject('job', pod.namespace, owner.name))
  if (found) return ownerOfKind(found, 'CronJob')
  return isCertain ? { name } : undefined
}

function ownerOfKind({ ownerReferences }: ObjectMetadata, kind: string): Owner | undefined {
  const owner = toOwner(ownerReferences)
  return owner?.kind === kind ? owner : undefined
}
