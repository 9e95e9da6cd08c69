/** Observations from files and agents: material that others made. */
import { SwollError } from '../pipeline/errors.ts'
import { OBSERVATION_KIND, OBSERVATION_VERSION, type Observation, observation } from './api/observation.ts'

/** Throws SECCOMP_INVALID; `place` says where the text is from. */
export function readObservation(text: string, place: string): Observation {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (cause) {
    throw new SwollError(
      'SECCOMP_INVALID',
      `${place}: must be an observation of swoll seccomp record, got other text`,
      {
        cause,
      },
    )
  }
  return decodeObservation(document, place)
}

/** The same for what is no text any more. */
export function decodeObservation(document: unknown, place: string): Observation {
  const { kind, version } = (document ?? {}) as { kind?: unknown; version?: unknown }
  if (kind === OBSERVATION_KIND && version !== OBSERVATION_VERSION) {
    const rule = `must be an observation of version ${OBSERVATION_VERSION}, got ${JSON.stringify(version)}`
    throw new SwollError('SECCOMP_INVALID', `${place}: ${rule}; use the swoll that wrote it`)
  }
  const found = observation.safeParse(document)
  if (found.success) return found.data
  const { path, message } = found.error.issues[0]!
  const rule = `must be an observation of swoll seccomp record: ${path.join('.') || 'document'}: ${message}`
  throw new SwollError('SECCOMP_INVALID', `${place}: ${rule}`)
}
