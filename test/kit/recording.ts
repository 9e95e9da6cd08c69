/** Recordings of `swoll trace --record`, from what a test says happened. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import type { EventBatch } from '../../trace/events/events.ts'
import { Recorder } from '../../trace/recording/writer.ts'
import type { Scratch } from './cli.ts'
import { ABIS } from './trace-batch.ts'

/** The header that recordings of tests have. */
export const HEADER_FACTS = {
  swoll: '1.2.3',
  host: 'node-1',
  kernel: '6.18.0',
  arch: 'x64',
  abis: ABIS.map(abi => abi ?? null),
  startTime: '2026-01-31T10:00:00.000Z',
  request: { calls: ['all'] },
}

/** The path of a whole recording of these batches. */
export function writeRecording(
  scratch: Scratch,
  batches: readonly EventBatch[],
  namesOf: (resource: Resource) => Attributes = () => ({}),
): string {
  const path = join(scratch.path, 'trace.swoll')
  writeFileSync(path, '')
  const recorder = new Recorder({
    header: HEADER_FACTS,
    write: bytes => appendFileSync(path, bytes),
    namesOf,
  })
  for (const batch of batches) recorder.add(batch)
  recorder.end({ events: 0, lost: 0 })
  return path
}
