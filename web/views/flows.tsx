/** Calls as they flow from column to column: which classes, of which namespaces, into which errors. */
import { useMemo } from 'preact/hooks'
import { DIMENSIONS, type Dimension } from '../../stats/api/dimensions.ts'
import type { StatsTable } from '../../stats/api/table.ts'
import { usePage } from '../data/page-context.ts'
import { useTable } from '../data/use-numbers.ts'
import { type Flow, type FlowNode, toFlow } from '../flows.ts'
import { toPercent } from '../format.ts'
import { titleOf } from '../names.ts'
import { type Amount, AmountChoice, amountOf, showOf, toAmountText, useAmount } from '../parts/amount.tsx'
import { Chart, drawn, tooltipOf } from '../parts/chart.tsx'
import { Choice } from '../parts/controls.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AnswerView } from '../parts/notes.tsx'
import type { Palette } from '../parts/palette.ts'
import { Drill } from '../parts/place.tsx'
import { Rest } from '../parts/rest.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { defaultOrd } from '../state.ts'

const MOST_ROWS = 5000

export function Flows() {
  const { state } = usePage()
  const amount = useAmount()
  const answer = useTable({
    by: [...state.ord],
    show: showOf(amount),
    sort: amount,
    limit: MOST_ROWS,
  })
  return (
    <>
      <Order />
      <AnswerView answer={answer}>{table => <Drawing table={table} amount={amount} />}</AnswerView>
    </>
  )
}

/** The order of the columns: each can be another, further ones added, and the last taken away. */
function Order() {
  const { state, go } = usePage()
  const { ord } = state
  const set = (next: readonly Dimension[]) => go({ ord: next }, 'replace')
  const others = DIMENSIONS.filter(each => !ord.includes(each))
  const texts = (list: readonly Dimension[]) => list.map(each => [each, titleOf(each)] as const)
  return (
    <div class="controls">
      {ord.map((dimension, i) => (
        <Choice
          key={dimension}
          label={`Column ${i + 1}`}
          value={dimension}
          options={texts([dimension, ...others])}
          onChoose={value => set(ord.map((each, j) => (i === j ? (value as Dimension) : each)))}
        />
      ))}
      <button type="button" disabled={others.length === 0} onClick={() => set([...ord, others[0]!])}>
        Add a column
      </button>
      <button type="button" disabled={ord.length <= 2} onClick={() => set(ord.slice(0, -1))}>
        Drop the last
      </button>
      <button type="button" onClick={() => set([...ord.slice(1), ord[0]!])}>
        Turn
      </button>
      <button type="button" onClick={() => set(defaultOrd(state.where))}>
        As at first
      </button>
      <AmountChoice />
    </div>
  )
}

interface DrawingProps {
  readonly table: StatsTable
  readonly amount: Amount
}

function Drawing({ table, amount }: DrawingProps) {
  const { state, go } = usePage()
  const flow = useMemo(() => toFlow(table.rows, state.ord, amountOf(amount)), [table, state.ord, amount])
  const draw = useMemo(
    () => (palette: Palette) => toOption(flow, palette, value => toAmountText(value, amount, table)),
    [flow, amount, table],
  )
  const pick = (picked: unknown) => {
    const { node } = (picked as { data: { node?: FlowNode } }).data
    if (node?.value !== undefined) go({ where: { ...state.where, [node.dimension]: node.value } })
  }
  if (flow.nodes.length === 0)
    return (
      <p class="note">Nothing flows: no such call in this window. Choose a longer one, or another size.</p>
    )
  const ways = state.ord.map(titleOf).join(' → ')
  return (
    <>
      <Scroll className="wide" label={`Drawing of ${ways}`}>
        <Chart
          className="flows"
          label={`Flow of ${amount}: ${ways}. The table below has the same`}
          draw={draw}
          onPick={pick}
        />
      </Scroll>
      <Parts flow={flow} table={table} amount={amount} />
      <Rest table={table} />
    </>
  )
}

interface PartsProps extends DrawingProps {
  readonly flow: Flow
}

function Parts({ flow, table, amount }: PartsProps) {
  const total = flow.nodes.filter(({ depth }) => depth === 0).reduce((sum, node) => sum + node.amount, 0)
  const sorted = [...flow.nodes].sort((a, b) => a.depth - b.depth || b.amount - a.amount)
  return (
    <DataTable
      caption="The same as a table: what each column is made of"
      columns={[
        { title: 'Column', value: node => node.depth, cell: ({ dimension }) => titleOf(dimension) },
        {
          title: 'Name',
          value: node => node.text,
          cell: ({ dimension, value, text }) =>
            value === undefined ? (
              text
            ) : (
              <Drill row={{ [dimension]: value }} dimensions={[dimension]}>
                {text}
              </Drill>
            ),
        },
        {
          title: amount,
          isNumber: true,
          value: node => node.amount,
          cell: node => toAmountText(node.amount, amount, table),
        },
        {
          title: 'Share',
          isNumber: true,
          value: node => node.amount,
          cell: node => toPercent(node.amount, total),
        },
      ]}
      rows={sorted}
      keyOf={node => node.name}
      empty="Nothing flows."
    />
  )
}

function toOption({ nodes, links }: Flow, palette: Palette, toText: (value: number) => string): object {
  const colorOf = ({ depth, dimension, value }: FlowNode) =>
    dimension === 'errno' && value && value !== 'OK'
      ? palette.bad
      : palette.kinds[depth % palette.kinds.length]
  return {
    tooltip: tooltipOf(palette, toTip({ nodes, links }, toText)),
    series: [
      {
        type: 'sankey',
        left: 8,
        right: 130,
        top: 8,
        bottom: 8,
        nodeGap: 10,
        nodeWidth: 14,
        draggable: false,
        emphasis: { focus: 'adjacency' },
        lineStyle: { color: 'gradient', opacity: 0.3, curveness: 0.5 },
        labelLayout: { hideOverlap: true },
        label: {
          color: palette.ink,
          fontSize: 12,
          width: 118,
          overflow: 'truncate',
          formatter: ({ data }: { data: { node: FlowNode } }) => drawn(data.node.text),
        },
        data: nodes.map(node => ({
          name: node.name,
          depth: node.depth,
          node,
          itemStyle: { color: colorOf(node), borderWidth: 0 },
        })),
        links,
      },
    ],
  }
}

interface Hovered {
  readonly data: {
    readonly node?: FlowNode
    readonly source?: string
    readonly target?: string
    readonly value: number
  }
}

function toTip({ nodes }: Flow, toText: (value: number) => string): (hovered: Hovered) => string {
  const texts = new Map(nodes.map(({ name, text }) => [name, drawn(text)]))
  return ({ data: { node, source = '', target = '', value } }) =>
    node
      ? `${drawn(node.text)}: ${toText(node.amount)}`
      : `${texts.get(source)} → ${texts.get(target)}: ${toText(value)}`
}
