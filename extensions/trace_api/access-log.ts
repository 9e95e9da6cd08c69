/** Tells of each request: in the log, or as web servers do. */
import { printable } from '../../pipeline/printable.ts'
import type { Logger } from '../../pipeline/telemetry.ts'

/** How a request was answered. */
export interface Answered {
  readonly status: number
  /** Of the answer's body; absent: it goes on. */
  readonly bytes?: number | undefined
  readonly durationMs: number
}

interface Access extends Answered {
  readonly address: string | undefined
  readonly user: string | undefined
  readonly time: Date
  readonly method: string
  /** With its query. */
  readonly target: string
  readonly httpVersion: string
}

type AccessLog = (access: Access) => void

interface AccessLogOptions {
  readonly log: Logger
  /** Standard output. */
  readonly write: (line: string) => void
}

export function createAccessLog(
  kind: 'none' | 'log' | 'stdout',
  { log, write }: AccessLogOptions,
): AccessLog {
  if (kind === 'none') return () => {}
  if (kind === 'stdout') return access => write(toCommonLine(access))
  return ({ time: _, target, ...access }) => log.info({ ...access, target: printable(target) }, 'A request')
}

/** The common log format of Apache: `%h %l %u %t "%r" %>s %b`. */
export function toCommonLine(access: Access): string {
  const { address = '-', user, method, target, httpVersion, status, bytes } = access
  const who = user === undefined ? '-' : printable(user).replaceAll(' ', '_')
  const request = `${method} ${printable(target)} HTTP/${httpVersion}`.replace(/["\\]/g, '\\$&')
  return `${address} - ${who} [${toCommonTime(access.time)}] "${request}" ${status} ${bytes ?? '-'}\n`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `10/Oct/2000:13:55:36 +0000` */
function toCommonTime(time: Date): string {
  const [date = '', clock = ''] = time.toISOString().split('T')
  const [year, month, day] = date.split('-')
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock.slice(0, 8)} +0000`
}
