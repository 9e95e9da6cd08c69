/** Selections by pods, kept up to date while pods come, go and change. */
import type { Clock } from '../../pipeline/clock.ts'
import type { TraceSession } from '../session/session.ts'
import type { PodView } from './pod-view.ts'

/** A container whose pod is not known yet is asked about again so often. */
const ASK_AGAIN_MS = 500

/**
 * To be called before each look: has the session ask its jobs again whose calls they want, when pods have changed, and while some are
 * not known.
 */
export function createAskAgain(
  session: Pick<TraceSession, 'refresh'>,
  view: Pick<PodView, 'hasChanged'>,
  clock: Pick<Clock, 'monotonicMs'>,
): () => void {
  let askedMs = clock.monotonicMs()
  return () => {
    const nowMs = clock.monotonicMs()
    if (nowMs - askedMs < ASK_AGAIN_MS) return
    askedMs = nowMs
    if (view.hasChanged()) session.refresh()
  }
}
