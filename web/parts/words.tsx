/** Words of a size that grows with how often they occur; each is a link that narrows the page. */
import type { Dimension } from '../../stats/api/dimensions.ts'
import { toCount } from '../format.ts'
import { nameOf } from '../names.ts'
import { Drill } from './place.tsx'

interface Word {
  readonly value: string
  readonly count: number
  readonly isExpected?: boolean
}

interface WordsProps {
  readonly title: string
  readonly dimension: Dimension
  readonly words: readonly Word[]
}

const MOST = 40
/** Classes of the style sheet, from the smallest. */
const SIZES = 7

/** The area of a word, not its height, stands for the count: twice as large looks twice as many. */
export function Words({ title, dimension, words }: WordsProps) {
  const shown = [...words].sort((a, b) => b.count - a.count).slice(0, MOST)
  const most = shown[0]?.count ?? 0
  if (most === 0) return <p class="note">{title}: none in this window.</p>
  return (
    <ul class="words" aria-label={title}>
      {shown.map(({ value, count, isExpected }) => (
        <li
          key={value}
          class={`size-${Math.round(Math.sqrt(count / most) * (SIZES - 1)) + 1} ${isExpected ? 'expected' : ''}`}
        >
          <Drill row={{ [dimension]: value }} dimensions={[dimension]}>
            {nameOf(dimension, value)} <small>{toCount(count)}</small>
          </Drill>
        </li>
      ))}
    </ul>
  )
}

/** Adds up what has the same word. */
export function toWords<Row>(
  rows: readonly Row[],
  wordOf: (row: Row) => string,
  countOf: (row: Row) => number,
  isExpected: (row: Row) => boolean = () => false,
): Word[] {
  return [...Map.groupBy(rows, wordOf)].map(([value, own]) => ({
    value,
    count: own.reduce((sum, row) => sum + countOf(row), 0),
    isExpected: own.every(isExpected),
  }))
}
