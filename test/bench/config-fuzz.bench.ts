/** Configurations changed at random: a million of them, or as many as `FUZZ_COUNT` says, from the seed `FUZZ_SEED`. */
import { fuzzConfigs } from '../kit/config-fuzz.ts'
import { toTable } from './kit/table.ts'

const count = Number(process.env.FUZZ_COUNT ?? 1_000_000)
const seed = Number(process.env.FUZZ_SEED ?? 1)

const startMs = performance.now()
const { accepted, refused, slowestMs } = await fuzzConfigs(count, seed)
const seconds = (performance.now() - startMs) / 1000
const megabytes = process.memoryUsage.rss() / 1e6
const head = [
  'configurations',
  'taken',
  'refused, with a place',
  'slowest (ms)',
  'all (s)',
  'memory at the end (MB)',
]
const row = [count, accepted, refused, slowestMs, seconds, megabytes]
process.stdout.write(`${toTable(head, [row.map(value => Math.round(value).toLocaleString('en'))])}\n`)
