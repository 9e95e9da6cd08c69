/** Where pods come from: what a source promises, and what it is given. Types only. */
import type { ObjectSink } from '../client/list-watch.ts'
import type { RawPod } from './pod.ts'

export interface PodSource {
  /** Delivers until aborted. Never rejects: it tells the sink and tries again. */
  run(sink: PodSink, abort: AbortSignal): Promise<void>
  /** Somebody misses a pod: looks again before its time, if it has not done so lately. `isForced`: in any case. */
  refresh(isForced: boolean): void
}

export type PodSink = ObjectSink<RawPod>
