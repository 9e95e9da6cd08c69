/** Configuration of the `pprof` extension. Keys and defaults are the Collector's, and those of our listeners. */
import { z } from 'zod'
import { endpoint, listenerTimeouts, listenerTls } from '../../pipeline/config.ts'

const goOnly = (what: string) => z.int().min(0).default(0).describe(`Taken, with a warning: ${what}`)

export const config = z.strictObject({
  endpoint: endpoint({ listen: true }).prefault('localhost:1777').describe('Address to listen on'),
  save_to_file: z
    .string()
    .default('')
    .describe('File for a CPU profile of the whole run, written when the agent stops; empty: none'),
  block_profile_fraction: goOnly('JavaScript does not block on channels'),
  mutex_profile_fraction: goOnly('JavaScript has no mutexes'),
  tls: listenerTls(),
  ...listenerTimeouts,
})
export type Config = z.output<typeof config>
