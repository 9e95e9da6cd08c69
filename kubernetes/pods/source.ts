/** Where pods come from: what a source promises, and what it is given. Types only. */
import type { RawPod } from './pod.ts'

export interface PodSource {
  /** Delivers until aborted. Never rejects: it tells the sink and tries again. */
  run(sink: PodSink, abort: AbortSignal): Promise<void>
  /** Somebody misses a pod: looks again before its time, if it has not done so lately. `isForced`: in any case. */
  refresh(isForced: boolean): void
}

export interface PodSink {
  /** A full list begins. What is known stays until its `commit`; then what was not in it is gone. */
  replace(): Replacement
  put(pod: RawPod): void
  remove(uid: string): void
  /** It works (again). */
  succeeded(): void
  failed(error: Error): void
}

export interface Replacement {
  put(pod: RawPod): void
  commit(): void
}
