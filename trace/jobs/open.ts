/** The jobs of this process. */
import { hostname } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import type { HostRoots } from '../../kernel/cgroups/roots.ts'
import { givenNodeName } from '../../kubernetes/pods/node-name.ts'
import { openPods, runStore } from '../../kubernetes/pods/open.ts'
import type { PodOrigin } from '../../kubernetes/pods/origin.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import type { CopyPolicy } from '../api/to-request.ts'
import { createNames } from '../formats/names.ts'
import { createPodView, NO_PODS } from '../requests/pod-view.ts'
import type { JobFilesOptions } from './job-files.ts'
import type { Machine } from './machine.ts'
import type { TableLimits } from './room.ts'
import { JOBS_SERVICE } from './service.ts'
import { JobStore } from './store.ts'
import { Table } from './table.ts'

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
const [RING_BYTES, QUEUE_BYTES] = [2 * MIB, 16 * MIB]

/**
 * Opens the table, or takes a share in it and gives it these options, as after a change of the configuration. Nothing is loaded before the first
 * job; so that it can be loaded then, the process retains two capabilities. `host` is told about the pods. Rejects with CONFIG_INVALID where
 * the table is open and cannot become what is asked for.
 */
export async function leaseJobTable(host: Host, options: JobTableOptions): Promise<Lease<Table>> {
  host.retain(['CAP_BPF', 'CAP_PERFMON'], 'trace jobs load their programs when the first begins')
  const lease = await host.service(JOBS_SERVICE, () => openTable(host, options))
  const { value: table } = lease
  if (!isDeepStrictEqual(table.setup, setupOf(options))) {
    await lease.release(AbortSignal.abort())
    throw new SwollError(
      'CONFIG_INVALID',
      'extensions::trace_api: must keep pods, storage, files and root_path while the agent runs; restart it to change them',
    )
  }
  const { limits } = options
  const { names, pods } = table
  table.configure({ limits, openMachine: () => openMachine(host, options, { names, pods }) })
  // Whoever has a share is told: the host of who opened the table may be gone.
  const stopPods = pods && runStore(pods, host)
  return {
    value: table,
    async release(abort) {
      stopPods?.()
      await lease.release(abort)
    },
  }
}

/** What a table cannot change while it is open. */
function setupOf({ pods, roots, storage, files }: JobTableOptions): object {
  return { pods, roots, storage, files }
}

async function openTable(host: Host, options: JobTableOptions): Promise<Table> {
  const { log, limits, storage, files } = options
  const pods = options.pods && (await openPods(options.pods, host, { clock: systemClock, log }))
  pods?.value.start()
  const view = pods ? createPodView(pods.value, () => systemClock.monotonicMs()) : NO_PODS
  const names = createNames(view.findName.bind(view))
  const table = new Table({
    log,
    files,
    store: storage && new JobStore(storage.directory, log),
    node: givenNodeName({ node: options.pods?.filter.node }) ?? hostname(),
    clock: systemClock,
    pods: pods?.value,
    names,
    limits,
    setup: setupOf(options),
    expectBeats: host.expectBeats,
    openMachine: () => openMachine(host, options, { names, pods: pods?.value }),
    onClosed: async abort => pods?.release(abort),
  })
  try {
    await table.restore()
  } catch (error) {
    await table.close(AbortSignal.abort())
    throw error
  }
  return table
}

/** Loaded with the first job. */
async function openMachine(
  host: Host,
  { policy, redact, requireConsent = false, roots }: JobTableOptions,
  known: Pick<Table, 'names' | 'pods'>,
): Promise<Machine> {
  const { createMachine } = await import('./machine.ts')
  return createMachine({
    ...known,
    host,
    clock: systemClock,
    policy,
    redact,
    requireConsent,
    ringBytes: RING_BYTES,
    queueBytes: QUEUE_BYTES,
    roots,
  })
}
