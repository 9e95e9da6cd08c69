/** Observations of several nodes and windows as one. */
import {
  OBSERVATION_KIND,
  OBSERVATION_VERSION,
  type Observation,
  type Subject,
  subjectKey,
} from './api/observation.ts'

/**
 * Observations of different nodes, or of different runs of an agent, stand beside each other. Of one run the latest holds all that the earlier
 * ones have, since counts are since its start, and takes their place: to merge twice changes nothing.
 */
export function merge(all: readonly Observation[]): Observation {
  const latest = new Map<string, Subject>()
  for (const subject of all.flatMap(({ subjects }) => subjects)) {
    const key = `${subjectKey(subject)} ${subject.sinceMs} ${subject.node}`
    const known = latest.get(key)
    if (known === undefined || known.untilMs <= subject.untilMs) latest.set(key, subject)
  }
  return {
    kind: OBSERVATION_KIND,
    version: OBSERVATION_VERSION,
    subjects: [...latest.values()],
    omitted: all.reduce((most, { omitted }) => Math.max(most, omitted), 0),
  }
}
