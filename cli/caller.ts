/** Finds the place in the sources that wrote a line of the log. */
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Names of the functions of a logger, which pass lines on: as many as there are loggers around loggers. */
const PASSING: ReadonlySet<string | null> = new Set(['debug', 'info', 'warn', 'error'])
const FRAMES = 8

/**
 * `receiver/ebpf/receiver.ts:120`: who called the logger, whose function `above` was called last. Of a build it is the file in dist/.
 */
export function findCaller(above: (...given: never[]) => unknown): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error
  const holder: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = FRAMES
    Error.prepareStackTrace = (_, frames) => frames
    Error.captureStackTrace(holder, above)
    const frames = holder.stack as NodeJS.CallSite[]
    const caller = frames.find(frame => !PASSING.has(frame.getFunctionName()))
    return caller && `${relative(caller.getScriptNameOrSourceURL() ?? '')}:${caller.getLineNumber()}`
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}

const ROOT = `${import.meta.dirname.split(sep).slice(0, -1).join(sep)}${sep}`

/** The path in the checkout. */
function relative(url: string): string {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path
}
