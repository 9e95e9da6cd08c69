/** One line per call, for people: how long it took, who made it, how it ended, and what it was. */
import { printReturned } from '../../syscalls/decode/print.ts'
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import type { ShownGap } from '../events/events.ts'
import type { ShownThread } from '../events/threads.ts'
import type { LineFormat, LineOptions } from './format.ts'
import { LineTimes, printElapsed } from './line-times.ts'
import type { SourceName } from './names.ts'
import { errorOf, outcomeNameOf } from './outcome.ts'
import { printable } from './printable.ts'

/** From so many milliseconds on, a call's time is red, or yellow. */
const SLOW_MS = 1
const NOTICEABLE_MS = 0.01

const COLOURS = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 } as const
type Colour = keyof typeof COLOURS
type Paint = (colour: Colour, text: string) => string

/**
 * `(<ms>ms) <container>.<pod>.<namespace>: [<comm>] (<error>) <call>(<argument>=<value>, …) = <returned>`; on the host
 * `(<ms>ms) <unit>: [<comm>/<pid>] …`, without the unit where there is none. C types stand before arguments if they are asked for.
 */
export function createCliFormat({ write, names, hasColours, display }: LineOptions): LineFormat {
  const times = new LineTimes(display)
  const paint: Paint = hasColours
    ? (colour, text) => `\x1b[${COLOURS[colour]}m${text}\x1b[0m`
    : (_, text) => text
  return {
    begin: ({ unixOffsetNs }) => times.setOffset(unixOffsetNs),
    call(call, thread) {
      const source = names.of(thread.resource)
      const types = display.hasTypes ? paint : undefined
      write(
        `${times.print(call.startNs)}(${latency(call, paint)}ms) ${who(thread, source)} (${outcome(call, paint)}) ` +
          `${paint('cyan', call.definition.name)}(${namedArguments(call, types)}) = ${printReturned(call)}\n`,
      )
    },
    inFlight(call, thread) {
      const source = names.of(thread.resource)
      const types = display.hasTypes ? paint : undefined
      write(
        `${times.print(call.startNs)}(${printElapsed(call)}) ${who(thread, source)} (${paint('yellow', 'in flight')}) ` +
          `${paint('cyan', call.definition.name)}(${namedArguments(call, types)})\n`,
      )
    },
    gap: gap => write(`${paint('red', `(lost) ${printGap(gap, names.of(gap.resource))}`)}\n`),
  }
}

/** `12 calls of nginx.web-0.shop: ring_full`. */
export function printGap({ events, reason }: Omit<ShownGap, 'resource'>, source: SourceName): string {
  const whose = source.text === '-' ? '' : ` of ${source.text}`
  return `${events} ${events === 1 ? 'call' : 'calls'}${whose}: ${reason}`
}

function latency(call: ShownCall, paint: Paint): string {
  const ms = call.durationNs / 1e6
  const colour = ms >= SLOW_MS ? 'red' : ms >= NOTICEABLE_MS ? 'yellow' : 'green'
  return paint(colour, `${call.hasBegunUnseen ? '≥ ' : ''}${ms.toFixed(3).padStart(6)}`)
}

/** `nginx.web-0.shop: [nginx]`, `ssh.service: [sshd/812]`, `[sh/4711]`. */
function who({ comm, tgid }: ShownThread, { container, unit, text }: SourceName): string {
  if (container) return `${text}: [${printable(comm)}]`
  return `${unit === undefined ? '' : `${text}: `}[${printable(comm)}/${tgid}]`
}

function outcome(call: ShownCall, paint: Paint): string {
  const error = errorOf(call)
  const name = outcomeNameOf(call)
  // These two are told by no error number.
  const text = name === 'denied' || name === 'killed' ? `${error} ${name}` : error
  return paint(text === 'OK' ? 'green' : text === '-' ? 'dim' : 'red', text)
}

/** `types` paints them; undefined: without. */
function namedArguments(call: ShownCall, types: Paint | undefined): string {
  const { parameters } = call.definition
  let text = ''
  for (let i = 0; i < parameters.length; i++) {
    const { ctype, name } = parameters[i]!
    const value = call.printArgument(i)
    if (value !== '')
      text += `${text === '' ? '' : ', '}${types?.('dim', `(${ctype})`) ?? ''}${name}=${value}`
  }
  return text
}
