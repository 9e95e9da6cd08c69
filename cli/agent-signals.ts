/** The signals that a running agent acts on. */
import { unblockSignal } from '../native/process.ts'
import type { Logger } from '../pipeline/telemetry.ts'
import { ignoreSignals, onSignals, onStopSignal, STOP_SIGNALS } from './signals.ts'

interface Listening {
  readonly log: Logger
  readonly stop: AbortController
  readonly exitNow: () => void
  /** Applies the configuration. */
  readonly reload: () => void
}

/** Acts on signals, and logs Node's warnings, until the function given back is called. */
export function listen({ log, stop, exitNow, reload }: Listening): () => void {
  const warn = (warning: Error) => log.warn({ warning: warning.message }, 'A warning of Node.js')
  process.on('warning', warn)
  const unlisten = [
    onStopSignal(
      signal => {
        log.info({ signal }, 'Stopping')
        stop.abort()
      },
      signal => {
        log.error({ signal }, 'Stopping at once: what has not been delivered is lost')
        exitNow()
      },
      STOP_SIGNALS,
    ),
    onSignals(['SIGHUP'], signal => {
      if (stop.signal.aborted) return log.warn({ signal }, 'Signal ignored: the agent stops')
      log.info({ signal }, 'Applying the configuration')
      reload()
    }),
    ignoreSignals(signal => log.warn({ signal }, 'Signal ignored')),
    () => process.off('warning', warn),
  ]
  unblockSignal('SIGUSR1')
  return () => {
    for (const end of unlisten) end()
  }
}
