/** Configuration of the `trace_api` extension. */
import { z } from 'zod'
import { cgroup_path, proc_path, root_path } from '../../kernel/cgroups/roots.ts'
import { deleteGracePeriod, nodeFilter, podSource } from '../../kubernetes/pods/origin.ts'
import { bytes, endpoint, listenerTimeouts, listenerTls, text } from '../../pipeline/config.ts'
import { allowedOrigins, auditLog, auth, checkAuth, policy } from './auth/config.ts'

const limit = (value: number, what: string) => z.int().min(1).max(100_000).default(value).describe(what)

const limits = z.strictObject({
  jobs: z.int().min(1).max(64).default(64).describe('Most jobs that run at once'),
  jobs_per_client: limit(32, 'Most of them that one user has in one namespace'),
  finished_jobs: limit(256, 'Most jobs that are kept after their end'),
  clients: z.int().min(1).max(128).default(128).describe('Most streams of calls that are read at once'),
  clients_per_user: limit(64, 'Most of them that one user reads'),
  buffer_size: bytes()
    .prefault('4MiB')
    .describe('How much of its calls each job keeps, for clients that are slow or come back'),
  requests_per_second: limit(50, 'Most requests of one user; twice as many at once'),
})

const storage = z.strictObject({
  directory: text.describe('Where persistent jobs are kept, readable for root alone'),
})

const files = z.strictObject({
  directory: text.describe('Where jobs with the output `file` write, a file for each'),
  max_size: bytes()
    .prefault('100MiB')
    .describe('Size of such a file; then it is renamed to FILE.1, and another begun'),
})

const pods = z.strictObject({
  ...podSource,
  filter: z.strictObject(nodeFilter).prefault({}),
  delete_grace_period: deleteGracePeriod,
})

export const config = z
  .strictObject({
    endpoint: endpoint({ listen: true })
      .prefault('127.0.0.1:9095')
      .describe('Address to listen on; the metrics may have the same'),
    tls: listenerTls(),
    wait_for_certificate: z
      .boolean()
      .default(false)
      .describe(
        'True: files of `tls` may come later; until then the agent runs, is not ready, and does not listen',
      ),
    auth: auth.prefault({}).describe('Who may do what'),
    allowed_origins: allowedOrigins,
    policy: policy.prefault({}).describe('What jobs may ask for at most'),
    limits: limits.prefault({}).describe('How much there may be of it'),
    pods: pods
      .optional()
      .describe('Where the pods of this node come from; without it there are jobs about the node alone'),
    storage: storage.optional().describe('For jobs that survive a restart of the agent'),
    files: files.optional().describe('For jobs with the output `file`'),
    access_log: z
      .enum(['none', 'log', 'stdout'])
      .default('none')
      .describe(
        'Whether each request is told: as a line of the log, or on standard output in the common format of web servers',
      ),
    audit_log: auditLog,
    root_path,
    proc_path,
    cgroup_path,
    ...listenerTimeouts,
  })
  .superRefine(checkAuth)
export type Config = z.output<typeof config>
