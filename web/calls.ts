/** Texts of traced calls. */
import type { Message } from './data/live-trace.ts'
import { toDuration } from './format.ts'
import { placeOf, printable } from './names.ts'

/** As strace writes it; an argument that the call does not use has no text. */
export function toCallText({ syscall, args = {} }: Pick<Message, 'syscall' | 'args'>): string {
  const texts = Object.values(args).flatMap(({ text }) => text || [])
  return printable(`${syscall?.name}(${texts.join(', ')})`)
}

export function toResultText({ error, return: value, return_text: text }: Message): string {
  return error === undefined || error === 'OK' ? printable(text ?? String(value ?? '?')) : error
}

export function toWhereText({
  container,
  unit,
  cgroup,
}: Pick<Message, 'container' | 'unit' | 'cgroup'>): string {
  if (!container) return printable(unit ?? cgroup ?? 'host')
  const { namespace, pod, name, id } = container
  const text = placeOf({
    ...(namespace ? { namespace } : {}),
    ...(pod ? { pod } : {}),
    ...(name ? { container: name } : {}),
  })
  return text === 'host' ? (id ?? '').slice(0, 12) : text
}

export interface Cells {
  readonly time: string
  readonly where: string
  readonly program: string
  readonly call: string
  readonly result: string
  readonly took: string
  /** A class of the style sheet. */
  readonly kind: 'ok' | 'failed' | 'lost' | 'end'
}

export function toCells(message: Message): Cells {
  const { type, time = '', comm = '', pid = '', duration } = message
  const common = {
    time: time.slice(11, 23),
    where: toWhereText(message),
    program: printable(`${comm} ${pid}`),
  }
  const none = { result: '', took: '' }
  if (type === 'lost')
    return {
      ...common,
      ...none,
      program: '',
      call: `${message.calls} calls lost: ${message.reason}`,
      kind: 'lost',
    }
  if (type === 'over')
    return { ...common, ...none, where: '', program: '', call: `over: ${message.reason}`, kind: 'end' }
  if (type === 'end') return { ...common, ...none, call: 'thread ended', kind: 'end' }
  return {
    ...common,
    call: toCallText(message),
    result: toResultText(message),
    took: typeof duration === 'number' ? toDuration(duration) : '',
    kind: message.error === 'OK' ? 'ok' : 'failed',
  }
}
