/** An agent with one persistent job, until it is killed. Its argument is the folder for jobs, another one the most calls. Says how many the job had. */
import { jobOn, TestJobs } from './job-table.ts'

const [directory = '', calls] = process.argv.slice(2)
const { table } = await TestJobs.open({ storage: { directory } })
const budget = calls === undefined ? {} : { budget: { calls: Number(calls) } }
const { job } = await table.ensure(jobOn('paced', { persistent: true, ...budget }, 'kept'))
process.stdout.write(`${job.status().calls}\n`)
