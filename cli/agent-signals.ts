/** What signals do to a running agent. */
import { unblockSignal } from '../native/process.ts'
import type { Logger } from '../pipeline/telemetry.ts'
import { describeError } from './print-error.ts'
import { ignoreSignals, onSignals, onStopSignal, STOP_SIGNALS } from './signals.ts'

interface Listening {
  readonly log: Logger
  readonly stop: AbortController
  readonly exitNow: () => void
  /** Reads the configuration again. */
  readonly load: () => Promise<unknown>
}

/** Acts on signals, and logs Node's warnings, until the function given back is called. */
export function listen({ log, stop, exitNow, load }: Listening): () => void {
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
    onSignals(['SIGHUP'], () => void checkAgain(load, log)),
    ignoreSignals(signal => log.warn({ signal }, 'Signal ignored')),
    () => process.off('warning', warn),
  ]
  unblockSignal('SIGUSR1')
  return () => {
    for (const end of unlisten) end()
  }
}

/** What others take for "reload" must not stop the agent; what a restart would find wrong is worth knowing. */
async function checkAgain(load: () => Promise<unknown>, log: Logger): Promise<void> {
  const signal = 'SIGHUP'
  try {
    await load()
    log.warn({ signal }, 'Reloading is not supported: the configuration is good, and a restart will use it')
  } catch (error) {
    for (const line of describeError(error)) log.error({ signal }, line)
    log.warn({ signal }, 'Reloading is not supported: the agent goes on as it is, but would not start again')
  }
}
