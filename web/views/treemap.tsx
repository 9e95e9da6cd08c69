/** Who makes how many calls, as areas. */
import { useMemo } from 'preact/hooks'
import type { Dimension } from '../../stats/api/dimensions.ts'
import type { StatsTable } from '../../stats/api/table.ts'
import { usePage } from '../data/page-context.ts'
import { useTable } from '../data/use-numbers.ts'
import { type Branch, toTree } from '../flows.ts'
import { toPercent } from '../format.ts'
import { titleOf } from '../names.ts'
import { type Amount, AmountChoice, amountOf, showOf, toAmountText, useAmount } from '../parts/amount.tsx'
import { Chart, drawn, tooltipOf } from '../parts/chart.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AnswerView } from '../parts/notes.tsx'
import type { Palette } from '../parts/palette.ts'
import { Drill } from '../parts/place.tsx'
import { Rest } from '../parts/rest.tsx'
import { nextDimension, type Where } from '../state.ts'

const MOST_ROWS = 2000

export function Treemap() {
  const { state } = usePage()
  const amount = useAmount()
  const levels = useMemo(() => levelsOf(state.where), [state.where])
  const answer = useTable({ by: [...levels], show: showOf(amount), sort: amount, limit: MOST_ROWS })
  return (
    <>
      <p class="controls">
        <AmountChoice />
        <span class="hint">
          {levels.map(titleOf).join(' › ')}. A call with errors that are not to be expected has a frame.
        </span>
      </p>
      <AnswerView answer={answer}>
        {table => <Drawing table={table} amount={amount} levels={levels} />}
      </AnswerView>
    </>
  )
}

/** What is left of the way to a call. */
function levelsOf(where: Where): readonly Dimension[] {
  const next = nextDimension(where)
  if (next === 'namespace') return ['namespace', 'pod', 'syscall']
  if (next === 'pod') return ['pod', 'container', 'syscall']
  if (next === undefined || next === 'errno') return ['syscall', 'errno']
  return next === 'syscall' ? ['class', 'syscall', 'errno'] : [next, 'syscall']
}

interface DrawingProps {
  readonly table: StatsTable
  readonly amount: Amount
  readonly levels: readonly Dimension[]
}

function Drawing({ table, amount, levels }: DrawingProps) {
  const { state, go } = usePage()
  const tree = useMemo(() => toTree(table.rows, levels, amountOf(amount)), [table, levels, amount])
  const draw = useMemo(
    () => (palette: Palette) => toOption(tree, palette, value => toAmountText(value, amount, table)),
    [tree, amount, table],
  )
  const pick = (picked: unknown) => {
    const { branch } = (picked as { data: { branch?: Branch } }).data ?? {}
    if (branch) go({ where: { ...state.where, ...toWhere(branch, levels) } })
  }
  if (tree.length === 0)
    return (
      <p class="note">Nothing to draw: no such call in this window. Choose a longer one, or another size.</p>
    )
  return (
    <>
      <Chart
        className="treemap"
        label={`Areas by ${amount}. The table below has the same`}
        draw={draw}
        onPick={pick}
      />
      <Areas tree={tree} table={table} amount={amount} levels={levels} />
      <Rest table={table} />
    </>
  )
}

interface AreasProps extends DrawingProps {
  readonly tree: readonly Branch[]
}

function Areas({ tree, table, amount, levels }: AreasProps) {
  const total = tree.reduce((sum, { value }) => sum + value, 0)
  return (
    <DataTable
      caption="The same as a table"
      columns={[
        {
          title: levels.map(titleOf).join(' › '),
          value: branch => branch.path.join('/'),
          cell: branch => (
            <Drill row={toWhere(branch, levels)} dimensions={levels.slice(0, branch.path.length)}>
              {'› '.repeat(branch.path.length - 1)}
              {branch.name}
            </Drill>
          ),
        },
        {
          title: amount,
          isNumber: true,
          value: ({ value }) => value,
          cell: ({ value }) => toAmountText(value, amount, table),
        },
        {
          title: 'Share',
          isNumber: true,
          value: ({ value }) => value,
          cell: ({ value }) => toPercent(value, total),
        },
      ]}
      rows={tree.flatMap(flatten)}
      keyOf={({ path }) => JSON.stringify(path)}
      empty="Nothing."
    />
  )
}

function flatten(branch: Branch): Branch[] {
  return [branch, ...(branch.children ?? []).flatMap(flatten)]
}

function toWhere({ path }: Branch, levels: readonly Dimension[]): Where {
  return Object.fromEntries(path.map((value, i) => [levels[i]!, value]))
}

function toOption(tree: readonly Branch[], palette: Palette, toText: (value: number) => string): object {
  const toItem = (branch: Branch, color: string): object => ({
    name: drawn(branch.name),
    value: branch.value,
    branch,
    itemStyle: { color, borderColor: !branch.children && branch.trouble > 0 ? palette.bad : palette.paper },
    ...(branch.children ? { children: branch.children.map(child => toItem(child, color)) } : {}),
  })
  const border = { borderWidth: 1, gapWidth: 1, borderColor: palette.paper }
  return {
    tooltip: tooltipOf(palette, ({ data }: { data?: { branch?: Branch } }) =>
      data?.branch ? `${drawn(data.branch.name)}: ${toText(data.branch.value)}` : '',
    ),
    series: [
      {
        type: 'treemap',
        roam: false,
        nodeClick: false,
        breadcrumb: { show: false },
        left: 0,
        right: 0,
        top: 0,
        bottom: 0,
        visibleMin: 200,
        ...toLabels(palette),
        itemStyle: border,
        levels: [{ itemStyle: { gapWidth: 3 }, upperLabel: { show: false } }, { itemStyle: { gapWidth: 2 } }],
        data: tree.map((branch, i) => toItem(branch, palette.kinds[i % palette.kinds.length]!)),
      },
    ],
  }
}

/** Names of what has nothing below it, and above what has. */
function toLabels({ ink, paper }: Palette): object {
  return {
    label: { color: '#fff', fontSize: 12, overflow: 'truncate', textShadowColor: '#000', textShadowBlur: 2 },
    upperLabel: { show: true, height: 20, padding: [0, 4], color: ink, backgroundColor: paper },
  }
}
