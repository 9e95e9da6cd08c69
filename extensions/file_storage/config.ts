/** Configuration of the `file_storage` extension. Keys are the Collector's, but for `max_size`; README.md says where defaults differ. */
import { z } from 'zod'
import { bytes, describeValue, duration } from '../../pipeline/config.ts'

const MIB = 2 ** 20

/** Three or four octal digits, as chmod(1) takes them. */
const permissions = z
  .union([z.string(), z.int()])
  .transform(value => String(value))
  .refine(text => /^0?[0-7]{3}$/.test(text), {
    error: issue => `must be permissions as octal digits, such as "0750", got ${describeValue(issue.input)}`,
  })
  .transform(text => Number.parseInt(text, 8))
  .refine(mode => (mode & 0o700) === 0o700, { error: 'must let the owner read, write and enter: 07xx' })
  .refine(mode => (mode & 0o022) === 0, {
    error: 'must let nobody else write: what lies there is sent as it is found',
  })

const ignored = 'Accepted; room of what was sent is used again without it'

/** A database reuses its pages: there is nothing to compact. */
const compaction = z
  .strictObject({
    on_start: z.boolean().default(false).describe(ignored),
    on_rebound: z.boolean().default(false).describe(ignored),
    directory: z.string().optional().describe(ignored),
    rebound_needed_threshold_mib: z.int().min(0).default(100).describe(ignored),
    rebound_trigger_threshold_mib: z.int().min(0).default(10).describe(ignored),
    max_transaction_size: z.int().min(0).default(65_536).describe(ignored),
    check_interval: duration().prefault('5s').describe(ignored),
    cleanup_on_start: z.boolean().default(false).describe(ignored),
  })
  .prefault({})

export const config = z.strictObject({
  directory: z
    .string()
    .min(1, 'must not be empty')
    .default('/var/lib/swoll/storage')
    .describe('Where the files lie, one a component; of one agent alone'),
  create_directory: z.boolean().default(true).describe('Whether to make the directory if it is not there'),
  directory_permissions: permissions.default(0o700).describe('Permissions of the directory if it is made'),
  timeout: duration({ min: '1ms' })
    .prefault('1s')
    .describe('How long to wait for another process that has a file open'),
  fsync: z
    .boolean()
    .default(false)
    .describe(
      'True: each record is on the disk before it is taken. False: what the last seconds before a loss of power brought may be gone; the end of the process loses nothing',
    ),
  recreate: z
    .boolean()
    .default(true)
    .describe(
      'True: a file that cannot be read is put aside, and what can be read of it goes on. False: the agent does not start',
    ),
  max_size: bytes()
    .refine(n => n >= MIB, { error: 'must be at least "1MiB"' })
    .prefault('1GiB')
    .describe('Most bytes of the file of one component'),
  compaction,
})
export type Config = z.output<typeof config>
