/** Observations as tests need them. */
import {
  OBSERVATION_KIND,
  OBSERVATION_VERSION,
  type Observation,
  type SeenCall,
  type Subject,
} from '../../seccomp/api/observation.ts'

export function call(name: string, more: Partial<SeenCall> = {}): SeenCall {
  return {
    abi: 'x86_64',
    name,
    calls: 1,
    errors: 0,
    denied: {},
    firstMs: 1,
    lastMs: 2,
    atStart: false,
    setup: 0,
    ...more,
  }
}

export function subject(calls: readonly SeenCall[], more: Partial<Subject> = {}): Subject {
  return {
    node: 'a',
    sinceMs: 0,
    untilMs: 10,
    namespace: 'shop',
    workload: 'deployment/web',
    container: 'app',
    instances: 1,
    ids: ['4f3c2a1b'],
    knowsSetup: false,
    gaps: [],
    calls: [...calls],
    ...more,
  }
}

export function toDocument(subjects: readonly Subject[]): Observation {
  return { kind: OBSERVATION_KIND, version: OBSERVATION_VERSION, subjects: [...subjects], omitted: 0 }
}
