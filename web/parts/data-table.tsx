/** A table that can be sorted by each of its columns. It has the numbers of the chart beside it, for whoever cannot see or point. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { toNumberOf } from '../format.ts'
import { Scroll } from './scroll.tsx'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ComponentChildren
  /** Absent: it cannot be sorted by. */
  readonly value?: (row: Row) => number | string
  readonly isNumber?: boolean
  /** Explains the title. */
  readonly hint?: string
}

interface DataTableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly empty: ComponentChildren
  /** Rows that the table shows before it is asked for more. */
  readonly first?: number
  readonly classOf?: (row: Row) => string
}

interface Order {
  readonly title: string
  readonly isUp: boolean
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, empty, first = 20 } = props
  const [order, setOrder] = useState<Order | undefined>()
  const [shown, setShown] = useState(first)
  if (rows.length === 0) return <p class="note">{empty}</p>
  const sorted = sort(rows, columns, order)
  return (
    <Scroll className="table" label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(column => (
              <Head key={column.title} column={column} order={order} setOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <Body {...props} rows={sorted.slice(0, shown)} />
      </table>
      {sorted.length > shown && (
        <button type="button" class="more" onClick={() => setShown(shown * 4)}>
          Show more: {toNumberOf(sorted.length - shown, 'row')}
        </button>
      )}
    </Scroll>
  )
}

function Body<Row>({ columns, rows, keyOf, classOf }: DataTableProps<Row>) {
  return (
    <tbody>
      {rows.map(row => (
        <tr key={keyOf(row)} class={classOf?.(row)}>
          {columns.map(({ title, isNumber, cell }) => (
            <td key={title} class={isNumber ? 'number' : undefined} data-title={title}>
              {cell(row)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  )
}

interface HeadProps<Row> {
  readonly column: Column<Row>
  readonly order: Order | undefined
  readonly setOrder: (order: Order) => void
}

function Head<Row>({ column, order, setOrder }: HeadProps<Row>) {
  const { title, value, isNumber, hint } = column
  const isOwn = order?.title === title
  const sortState = isOwn ? (order.isUp ? 'ascending' : 'descending') : undefined
  const turn = () => setOrder({ title, isUp: isOwn ? !order.isUp : !isNumber })
  return (
    <th scope="col" class={isNumber ? 'number' : undefined} aria-sort={sortState} title={hint}>
      {value ? (
        <button type="button" onClick={turn}>
          {title}
          <span aria-hidden="true">{isOwn ? (order.isUp ? ' ▲' : ' ▼') : ''}</span>
        </button>
      ) : (
        title
      )}
    </th>
  )
}

function sort<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | undefined) {
  const value = columns.find(({ title }) => title === order?.title)?.value
  if (!order || !value) return rows
  const sign = order.isUp ? 1 : -1
  return [...rows].sort((a, b) => {
    const [left, right] = [value(a), value(b)]
    if (typeof left === 'string' || typeof right === 'string')
      return sign * String(left).localeCompare(String(right))
    return sign * (left - right)
  })
}
