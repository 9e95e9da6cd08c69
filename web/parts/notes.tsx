/** States other than a table full of numbers, each with what to do. */
import type { ComponentChildren } from 'preact'
import { usePage } from '../data/page-context.ts'
import type { Answer } from '../data/use-answer.ts'
import { toAge } from '../format.ts'

interface AnswerViewProps<T> {
  readonly answer: Answer<T>
  readonly children: (value: T) => ComponentChildren
}

/** Shows the answer. What was there stays when the next one does not come, and its age is told. */
export function AnswerView<T>({ answer, children }: AnswerViewProps<T>) {
  const { clock } = usePage()
  const { value, fault, atMs } = answer
  return (
    <>
      {fault && (
        <p class="note bad" role="alert">
          {toFaultText(fault.status, fault.message)}
          {value !== undefined && ` Shown is what came ${toAge(clock.now() - atMs)}.`}
        </p>
      )}
      {value !== undefined && children(value)}
      {value === undefined && !fault && (
        <p class="note" aria-busy="true">
          Asking the agent …
        </p>
      )}
    </>
  )
}

export function Note({ children }: { readonly children: ComponentChildren }) {
  return <p class="note">{children}</p>
}

function toFaultText(status: number, message: string): string {
  if (status === 0) return `No answer: ${message}. The page asks again by itself.`
  if (status === 401) return 'Not shown: this agent asks for a login. Enter a token above.'
  if (status === 403) return `Not shown: ${message}. A token of somebody who may see it is needed.`
  if (status === 404) return `Not there: ${message}.`
  if (status === 429) return `Too many questions: ${message}. The page asks again by itself.`
  return `The agent refused: ${message}.`
}
