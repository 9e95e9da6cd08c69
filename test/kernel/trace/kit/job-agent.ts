/** An agent with one persistent job, until it is killed. Its argument is the folder for jobs. */
import { jobOn, TestJobs } from './job-table.ts'

const { table } = await TestJobs.open({ storage: { directory: process.argv[2]! } })
await table.create(jobOn('paced', { persistent: true, budget: { calls: 1500 } }, 'kept'))
process.stdout.write('ready\n')
