/** The jobs of this process. */
import { hostname } from 'node:os'
import type { HostRoots } from '../../kernel/cgroups/roots.ts'
import { givenNodeName } from '../../kubernetes/pods/node-name.ts'
import { openPods, runStore } from '../../kubernetes/pods/open.ts'
import type { PodOrigin } from '../../kubernetes/pods/origin.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import type { CopyPolicy } from '../api/to-request.ts'
import { createNames } from '../formats/names.ts'
import { createPodView, NO_PODS } from '../requests/pod-view.ts'
import type { JobFilesOptions } from './job-files.ts'
import { JOBS_SERVICE } from './service.ts'
import { JobStore } from './store.ts'
import { Table, type TableLimits } from './table.ts'

export interface JobTableOptions {
  readonly log: Logger
  readonly policy: CopyPolicy
  /** Patterns of what is made illegible in whatever is copied. */
  readonly redact: readonly string[]
  /** Whether only pods are traced that agree, or whose namespace does. */
  readonly requireConsent?: boolean
  readonly limits: TableLimits
  /** Where the pods of the node come from; absent: none are known. */
  readonly pods?: PodOrigin | undefined
  /** Where the file systems of the host are. */
  readonly roots: HostRoots
  /** Where persistent jobs are kept; absent: there are none. */
  readonly storage?: { readonly directory: string } | undefined
  /** Where jobs write whose output is `file`; absent: nowhere. */
  readonly files?: JobFilesOptions | undefined
}

const MIB = 2 ** 20
const [RING_BYTES, QUEUE_BYTES] = [2 * MIB, 64 * MIB]

/**
 * Opens the table, or takes a share in it. Nothing is loaded before the first job; so that it can be loaded then, the process retains two
 * capabilities. `host` is told about the pods.
 */
export async function leaseJobTable(host: Host, options: JobTableOptions): Promise<Lease<Table>> {
  host.retain(['CAP_BPF', 'CAP_PERFMON'], 'trace jobs load their programs when the first begins')
  return host.service(JOBS_SERVICE, () => openTable(host, options))
}

async function openTable(host: Host, options: JobTableOptions): Promise<Table> {
  const { log, limits, policy, redact, requireConsent = false, roots, storage } = options
  const pods = options.pods && (await openPods(options.pods, host, { clock: systemClock, log }))
  const stopPods = pods && runStore(pods.value, host)
  const view = pods ? createPodView(pods.value, () => systemClock.monotonicMs()) : NO_PODS
  const names = createNames(view.findName.bind(view))
  const table = new Table({
    log,
    files: options.files,
    store: storage && new JobStore(storage.directory, log),
    node: givenNodeName({ node: options.pods?.filter.node }) ?? hostname(),
    clock: systemClock,
    pods: pods?.value,
    names,
    limits,
    async openMachine() {
      const { createMachine } = await import('./machine.ts')
      return createMachine({
        host,
        clock: systemClock,
        pods: pods?.value,
        names,
        policy,
        redact,
        requireConsent,
        ringBytes: RING_BYTES,
        queueBytes: QUEUE_BYTES,
        roots,
      })
    },
    async onClosed(abort) {
      stopPods?.()
      await pods?.release(abort)
    },
  })
  await table.restore()
  return table
}
