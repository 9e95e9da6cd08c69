/** Configuration of the `file` exporter. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import { duration } from '../../pipeline/config.ts'
import { explicitHistograms } from '../shared/classic-histograms.ts'

const rotation = z
  .strictObject({
    max_megabytes: z.int().min(1).default(100).describe('Size (MiB) at which a new file is begun'),
    max_days: z.int().min(0).default(0).describe('Older files are removed after so many days; 0: never'),
    max_backups: z.int().min(0).default(100).describe('Most older files that are kept; 0: all of them'),
    localtime: z
      .boolean()
      .default(false)
      .describe('True: times in the names of older files are local, not UTC'),
  })
  .optional()

export const config = z.strictObject({
  path: z
    .string({ error: issue => (issue.input === undefined ? 'must be set' : undefined) })
    .min(1, 'must be the path of a file, got an empty text; for example /var/log/swoll/events.jsonl')
    .describe('File to write; its folder must exist, unless `create_directory`'),
  create_directory: z
    .boolean()
    .default(false)
    .describe('True: at the start the folder is made if it is missing, with those above it'),
  directory_permissions: z
    .string()
    .regex(/^[0-7]{3,4}$/, {
      error: ({ input }) => `must be an octal mode in quotes, such as "0755", got ${JSON.stringify(input)}`,
    })
    .default('0755')
    .describe('Mode of folders that `create_directory` makes, less the umask'),
  format: z
    .literal('json', {
      error: ({ input }) => `must be "json", got ${JSON.stringify(input)}: files of protobuf are not written`,
    })
    .default('json')
    .describe('OTLP/JSON, one request per line'),
  append: z
    .boolean()
    .default(false)
    .describe('True: go on where the file ends; false: empty it, or with `rotation` put it aside'),
  flush_interval: duration()
    .prefault('1s')
    .describe('What was taken is written after this long at the latest'),
  compression: z
    .enum(['none', 'zstd'])
    .default('none')
    .describe('zstd: a frame per write, so that the file is one for `zstd -d` at any time'),
  classic_histograms: explicitHistograms(),
  rotation: rotation.describe('Begin a new file when this one is large; without it the file grows'),
})
export type FileConfig = z.output<typeof config>
export type RotationConfig = NonNullable<FileConfig['rotation']>
