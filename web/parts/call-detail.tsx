/** All that is known of one call. */
import { toCallText, toResultText, toWhereText } from '../calls.ts'
import type { Message } from '../data/live-trace.ts'
import { toDuration } from '../format.ts'
import { printable, ruleOf } from '../names.ts'
import { Code } from './scroll.tsx'

interface CallDetailProps {
  readonly message: Message
  readonly close: () => void
}

export function CallDetail({ message, close }: CallDetailProps) {
  const { syscall, args = {} } = message
  return (
    <aside class="detail" aria-label="The call">
      <h2>
        <code>{syscall?.name}</code>
        <button type="button" onClick={close} aria-label="Close">
          ×
        </button>
      </h2>
      <Code>{`${toCallText(message)} = ${toResultText(message)}`}</Code>
      <dl>
        {factsOf(message).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Arguments args={args} />
    </aside>
  )
}

function factsOf(message: Message): readonly (readonly [name: string, value: string])[] {
  const { syscall, error, outcome, duration } = message
  const rule = ruleOf({ syscall: syscall?.name, errno: error })
  return [
    ['When', message.time ?? ''],
    ['Where', toWhereText(message)],
    ['Thread', printable(`${message.comm} (process ${message.pid}, thread ${message.tid})`)],
    ['Class', `${syscall?.class} / ${syscall?.group}`],
    ['Result', `${toResultText(message)}${outcome && outcome !== 'returned' ? `, ${outcome}` : ''}`],
    ['Took', typeof duration === 'number' ? toDuration(duration) : 'not timed'],
    ...(rule ? [['Error', rule] as const] : []),
  ]
}

function Arguments({ args }: { readonly args: NonNullable<Message['args']> }) {
  return (
    <table>
      <caption>Arguments</caption>
      <thead>
        <tr>
          {['Name', 'Meaning', 'Type', 'Register'].map(title => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Object.entries(args).map(([name, { type, raw, text }]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{printable(text) || 'not used'}</td>
            <td>{type}</td>
            <td class="number">{String(raw)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
