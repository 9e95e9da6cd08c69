/** What is otherwise than before: two windows, or two revisions of a workload. */
import type { Comparison } from '../../stats/api/comparison.ts'
import type { Dimension } from '../../stats/api/dimensions.ts'
import { usePage } from '../data/page-context.ts'
import { windowMsOf } from '../data/queries.ts'
import { useComparison, useTable } from '../data/use-numbers.ts'
import { toCount, toNumberOf, toRate, toTime } from '../format.ts'
import { keyOf, nameOf, placeOf, ruleOf, titleOf } from '../names.ts'
import { Choice, ExpectedSwitch, Switch, useMore } from '../parts/controls.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AnswerView } from '../parts/notes.tsx'
import { Drill } from '../parts/place.tsx'

const KINDS = [
  ['windows', 'two windows'],
  ['revisions', 'two revisions of a workload'],
] as const
const BEFORE = [
  ['', 'the window just before'],
  ['5m', '5 minutes earlier'],
  ['15m', '15 minutes earlier'],
  ['30m', '30 minutes earlier'],
] as const
const BY = [
  ['syscall,errno', 'call and error'],
  ['syscall', 'call'],
  ['namespace,pod,syscall,errno', 'pod, call and error'],
  ['workload,syscall,errno', 'workload, call and error'],
  ['class,group', 'class and group'],
] as const

export function Compare() {
  const [kind, setKind] = useMore('kind', 'windows')
  const [by, setBy] = useMore('by', 'syscall,errno')
  const dimensions = (BY.find(([value]) => value === by)?.[0] ?? 'syscall,errno').split(',') as Dimension[]
  return (
    <>
      <p class="controls">
        <Choice label="Compare" value={kind} options={KINDS} onChoose={setKind} />
        <Choice label="Rows are" value={by} options={BY} onChoose={setBy} />
        <ExpectedSwitch />
      </p>
      {kind === 'revisions' ? <Revisions by={dimensions} /> : <Windows by={dimensions} />}
    </>
  )
}

interface ByProps {
  readonly by: Dimension[]
}

function Windows({ by }: ByProps) {
  const { state, about } = usePage()
  const [before, setBefore] = useMore('before')
  const endMs = state.end ?? about?.endMs ?? 0
  const beforeMs = endMs - windowMsOf(before === '' ? state.window : before)
  const hasBefore = about !== undefined && beforeMs - about.intervalMs > about.oldestMs
  const answer = useComparison(
    { by, limit: 2000 },
    hasBefore ? (before === '' ? {} : { endMs: beforeMs }) : undefined,
  )
  return (
    <>
      <p class="controls">
        <Choice label="With" value={before} options={BEFORE} onChoose={setBefore} />
      </p>
      {about !== undefined && !hasBefore ? (
        <p class="note">
          There is no window before: the agent has numbers
          {about.oldestMs > 0 ? ` since ${toTime(about.oldestMs)} only` : ' of no collection yet'}. Choose a
          shorter window, or wait.
        </p>
      ) : (
        <AnswerView answer={answer}>{comparison => <Changes comparison={comparison} by={by} />}</AnswerView>
      )}
    </>
  )
}

/** Workloads of which the window has more than one revision, the one with the most calls first. */
function useWorkloads() {
  const answer = useTable({ by: ['namespace', 'workload', 'revision'], limit: 2000 })
  const rows = (answer.value?.rows ?? []).filter(({ key }) => key.workload && key.revision)
  const groups = Map.groupBy(rows, ({ key }) => JSON.stringify([key.namespace ?? '', key.workload]))
  const several = [...groups].filter(([, list]) => list.length > 1)
  return {
    answer,
    revisions: new Map(several.map(([name, list]) => [name, list.map(({ key }) => key.revision!)])),
  }
}

function Revisions({ by }: ByProps) {
  const [workload, setWorkload] = useMore('workload')
  const [before, setBefore] = useMore('from')
  const [after, setAfter] = useMore('to')
  const { answer, revisions } = useWorkloads()
  const names = [...revisions.keys()]
  const chosen = revisions.has(workload) ? workload : (names[0] ?? '')
  const own = revisions.get(chosen) ?? []
  const from = own.includes(before) ? before : (own[1] ?? '')
  const to = own.includes(after) ? after : (own[0] ?? '')
  if (names.length === 0) return <AnswerView answer={answer}>{() => <OneRevision />}</AnswerView>
  const texts = own.map(each => [each, nameOf('revision', each)] as const)
  return (
    <>
      <p class="controls">
        <Choice
          label="Workload"
          value={chosen}
          options={names.map(
            each => [each, (JSON.parse(each) as string[]).filter(Boolean).join(' / ')] as const,
          )}
          onChoose={setWorkload}
        />
        <Choice label="Before" value={from} options={texts} onChoose={setBefore} />
        <Choice label="After" value={to} options={texts} onChoose={setAfter} />
      </p>
      <TwoRevisions by={by} workload={chosen} from={from} to={to} />
    </>
  )
}

interface TwoRevisionsProps extends ByProps {
  readonly workload: string
  readonly from: string
  readonly to: string
}

function TwoRevisions({ by, workload, from, to }: TwoRevisionsProps) {
  const { state } = usePage()
  const [namespace = '', name = ''] = JSON.parse(workload) as string[]
  const scope = Object.fromEntries(Object.entries(state.where).map(([key, value]) => [key, [value]]))
  const where = { ...scope, namespace: [namespace], workload: [name], revision: [to] }
  const answer = useComparison({ by, limit: 2000, where }, { where: { revision: [from] } })
  return <AnswerView answer={answer}>{value => <Changes comparison={value} by={by} />}</AnswerView>
}

function OneRevision() {
  return (
    <p class="note">
      No workload has two revisions in this window. During a rollout both run at the same time; choose a
      window that reaches back to before it. Revisions are known where the agent reads the pods of its node
      (processor `k8s_attributes`).
    </p>
  )
}

interface ChangesProps extends ByProps {
  readonly comparison: Comparison
}

type Change = Comparison['rows'][number]

function Changes({ comparison, by }: ChangesProps) {
  const { state } = usePage()
  const [isAll, setAll] = useMore('all')
  const { before, after, rest } = comparison
  const rows = comparison.rows
    .filter(({ key }) => state.expected || ruleOf(key) === undefined)
    .filter(row => isAll === '1' || isMuch(row))
    .sort((a, b) => weightOf(b) - weightOf(a))
  return (
    <>
      <p>
        Before: {toTime(before.startMs)} to {toTime(before.endMs)}, {toCount(before.total.calls)} calls.
        After: {toTime(after.startMs)} to {toTime(after.endMs)}, {toCount(after.total.calls)} calls.
      </p>
      <p class="controls">
        <Switch isOn={isAll === '1'} onTurn={isOn => setAll(isOn ? '1' : '')}>
          also what is as before (less than twice, more than half)
        </Switch>
      </p>
      <DataTable
        caption="What is new first, then what has grown, then the rest"
        columns={changeColumns(comparison, by)}
        rows={rows}
        keyOf={({ key }) => keyOf(key)}
        classOf={({ change }) => change}
        first={40}
        empty="Nothing is otherwise: the same calls and errors, less than twice as many, more than half."
      />
      {rest.rows > 0 && (
        <p class="hint">
          Not compared: {toNumberOf(rest.rows, 'more row')}, with {toCount(rest.before)} calls before and{' '}
          {toCount(rest.after)} after.
        </p>
      )}
    </>
  )
}

function isMuch({ change, ratio }: Change): boolean {
  return change !== 'both' || ratio === null || ratio >= 2 || ratio <= 0.5
}

/** New before grown before shrunk before gone; within each the most calls first. */
function weightOf({ change, ratio, before, after }: Change): number {
  const rank = change === 'new' ? 3 : change === 'gone' ? 0 : (ratio ?? 1) >= 1 ? 2 : 1
  return rank * 10 + Math.min(9.9, Math.log10(1 + Math.max(before.calls, after.calls)))
}

function changeColumns({ before, after }: Comparison, by: readonly Dimension[]) {
  const rate = (side: 'before' | 'after', { startMs, endMs }: { startMs: number; endMs: number }) => ({
    title: side === 'before' ? 'Before' : 'After',
    isNumber: true,
    value: (row: Change) => row[side].calls,
    cell: (row: Change) => toRate(row[side].calls, endMs - startMs),
  })
  const names = by.map(dimension => ({
    title: titleOf(dimension),
    value: ({ key }: Change) => (dimension === 'pod' ? placeOf(key) : nameOf(dimension, key[dimension])),
    cell: ({ key }: Change) => (
      <Drill row={key} dimensions={[dimension]}>
        {nameOf(dimension, key[dimension])}
      </Drill>
    ),
  }))
  const change = {
    title: 'Change',
    value: ({ change, ratio }: Change) => (change === 'new' ? Infinity : (ratio ?? 0)),
    cell: ({ change, ratio }: Change) => <b class={`badge ${change}`}>{toChangeText(change, ratio)}</b>,
  }
  return [change, ...names, rate('before', before), rate('after', after)]
}

function toChangeText(change: Change['change'], ratio: number | null): string {
  if (change !== 'both' || ratio === null) return change === 'gone' ? 'gone' : 'new'
  return `× ${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(ratio < 0.1 ? 3 : 1)}`
}
