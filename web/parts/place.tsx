/** Links that go one step further into what was clicked, and the way back. */
import type { ComponentChildren } from 'preact'
import type { Dimension } from '../../stats/api/dimensions.ts'
import { usePage } from '../data/page-context.ts'
import { nameOf, titleOf } from '../names.ts'
import { changeState, type State, type Where, writeState } from '../state.ts'

/** The order in which a way is told. */
const WAY: readonly Dimension[] = [
  'node',
  'namespace',
  'workload',
  'revision',
  'pod',
  'container',
  'unit',
  'class',
  'group',
  'syscall',
  'errno',
  'outcome',
]

interface GoProps {
  readonly to: Partial<State>
  readonly label?: string
  readonly className?: string
  readonly children: ComponentChildren
}

/** A link to another state of the page; its address can be copied. */
export function Go({ to, label, className, children }: GoProps) {
  const { state } = usePage()
  return (
    <a href={writeState(changeState(state, to))} aria-label={label} class={className}>
      {children}
    </a>
  )
}

interface DrillProps {
  /** Of which the values of `dimensions` are taken. */
  readonly row: Where
  readonly dimensions: readonly Dimension[]
  readonly children: ComponentChildren
}

/** Narrows the page to the values of a row. */
export function Drill({ row, dimensions, children }: DrillProps) {
  const { state } = usePage()
  return <Go to={{ where: { ...state.where, ...pick(row, dimensions) } }}>{children}</Go>
}

/** A row that lacks a dimension has an empty text there. */
function pick(row: Where, dimensions: readonly Dimension[]): Where {
  return Object.fromEntries(dimensions.map(dimension => [dimension, row[dimension] ?? '']))
}

export function Breadcrumbs() {
  const { state, about } = usePage()
  const chosen = WAY.filter(dimension => state.where[dimension] !== undefined)
  const upTo = (end: number): Where => pick(state.where, chosen.slice(0, end))
  return (
    <nav aria-label="What is shown" class="crumbs">
      <ol>
        <li>
          {chosen.length === 0 ? (
            <span class="kind">All of {about?.node ?? 'the node'}</span>
          ) : (
            <Go to={{ where: {} }}>{about?.node ?? 'node'}</Go>
          )}
        </li>
        {chosen.map((dimension, i) => (
          <li key={dimension}>
            <span class="kind">{titleOf(dimension)}</span>{' '}
            {i === chosen.length - 1 ? (
              <b>{nameOf(dimension, state.where[dimension])}</b>
            ) : (
              <Go to={{ where: upTo(i + 1) }}>{nameOf(dimension, state.where[dimension])}</Go>
            )}{' '}
            <Go
              to={{ where: without(state.where, dimension) }}
              label={`Do not narrow by ${titleOf(dimension).toLowerCase()}`}
              className="drop"
            >
              ×
            </Go>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function without(where: Where, dimension: Dimension): Where {
  return Object.fromEntries(Object.entries(where).filter(([key]) => key !== dimension))
}
