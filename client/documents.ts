/** Answers of agents, read by the schemas that agents write them by. What a later version adds is passed over. */
import { z } from 'zod'
import { statsTable } from '../stats/api/table.ts'
import { createdJob, job, jobList, jobStatus, podList, syscallList } from '../trace/api/documents.ts'
import { inFlightDocument } from '../trace/api/in-flight.ts'

/** The specification comes from a request that the agent has checked: a later version may allow more. */
const trace = job.shape.traceSpec.extend({
  spec: z.looseObject({}),
  apiVersion: z.string(),
  kind: z.string(),
})
const anyJob = job.extend({ traceSpec: trace })

const decodeBy =
  <T>(schema: z.ZodType, _: z.ZodType<T>) =>
  (document: unknown): T =>
    schema.parse(document) as T

export const decodeJob = decodeBy(anyJob, job)
export const decodeCreated = decodeBy(createdJob.extend({ traceSpec: trace }), createdJob)
export const decodeJobs = decodeBy(
  z.object({ running: z.record(z.string(), anyJob), completed: z.record(z.string(), anyJob) }),
  jobList,
)
export const decodeStatus = decodeBy(jobStatus, jobStatus)
export const decodePods = decodeBy(podList, podList)
export const decodeSyscalls = decodeBy(syscallList, syscallList)
export const decodeInFlight = decodeBy(inFlightDocument, inFlightDocument)
export const decodeStats = decodeBy(statsTable, statsTable)
export const decodeDeleted = (_: unknown): void => {}

const openApi = z.object({ info: z.object({ version: z.string() }) })
export const decodeVersion = (document: unknown): string => openApi.parse(document).info.version
