/** Parameters of paths and queries. */
import { z } from 'zod'
import { durationText } from '../../../trace/api/fields.ts'
import { decodeCursor } from '../../../trace/api/stream.ts'

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

export const namespace = z
  .string()
  .regex(LABEL, 'must be the name of a namespace: small letters, digits and "-", 63 at most')

/** `namespaces` is a path of its own. */
export const newJobId = z
  .string()
  .regex(
    /^(?!namespaces$)[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/,
    'must be letters, digits, ".", "_" and "-", 253 at most, and not "namespaces"',
  )

/** Of a job that is there, or is not: whatever it looks like. */
export const jobId = z.string()

export const creation = {
  name: z
    .string()
    .regex(SUBDOMAIN, 'must be the name of a resource: small letters, digits, "-" and ".", 253 at most')
    .optional()
    .describe('Name of the Trace resource. Default: the id'),
  lease: durationText({ min: '5s', max: '24h' })
    .optional()
    .describe(
      'The job ends unless it is renewed within this time by a PUT, such as 5m. Default: it needs none',
    ),
}

export const after = z
  .string()
  .refine(text => decodeCursor(text) !== undefined, 'must be RUN:SEQ, as the ids of messages are')
  .optional()
  .describe('Go on behind the message of this id, RUN:SEQ, as far as the buffer goes back')

/** A name in a path of calls. */
export const name = z.string().min(1).max(253)
