/** A program that counts, told to stop by a line; says, a line of JSON each, that it counts, and what the calls of the cgroup named were. */
import { once } from 'node:events'
import { startAccounting } from '../harness.ts'

await using agent = await startAccounting({ latency: 'exact' })
process.stdout.write('counts\n')
await once(process.stdin, 'data')
const cgroup = BigInt(process.argv[2]!)
const rows = (await agent.collect()).filter(row => row.cgroup === cgroup && row.syscall === 'read')
const { attached, unaccounted } = agent.books()
const ends = rows.map(({ outcome, error, calls }) => [outcome ?? 'returned', error ?? 'OK', calls])
process.stdout.write(`${JSON.stringify({ ends, attached, unaccounted: Number(unaccounted) })}\n`)
process.stdin.destroy()
