/** Which errors, of which calls, and the rules by which some are to be expected. */
import { NO_ERROR } from '../../stats/api/dimensions.ts'
import type { StatsRow } from '../../stats/api/table.ts'
import { EXPECTED_ERRORS, WAITING_CALLS } from '../../stats/noise.ts'
import { usePage } from '../data/page-context.ts'
import { useTable } from '../data/use-numbers.ts'
import { toPercent } from '../format.ts'
import { keyOf, nameOf, ruleOf } from '../names.ts'
import { errorsColumn } from '../parts/columns.tsx'
import { ExpectedSwitch } from '../parts/controls.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { AnswerView } from '../parts/notes.tsx'
import { Drill } from '../parts/place.tsx'
import { Rest } from '../parts/rest.tsx'
import { toWords, Words } from '../parts/words.tsx'

/** The original has a page for each of these. */
const PAGES = ['errno', 'class', 'ns'] as const

export function Errors() {
  const only = PAGES.find(page => location.pathname.replace(/\/$/, '').endsWith(`/wc/${page}`))
  return (
    <>
      <p class="controls">
        <ExpectedSwitch />
      </p>
      {(only === undefined || only === 'errno') && <ErrorWords />}
      {only !== 'errno' && <CallWords only={only} />}
      <Rules />
    </>
  )
}

function ErrorWords() {
  const { state } = usePage()
  const show = state.expected ? 'errors' : 'trouble'
  const answer = useTable({ by: ['errno', 'syscall'], show, sort: show, limit: 2000 })
  return (
    <section aria-labelledby="errors">
      <h2 id="errors">Errors by number of calls</h2>
      <AnswerView answer={answer}>
        {table => {
          const failed = table.rows.filter(({ key }) => key.errno !== NO_ERROR)
          return (
            <>
              <Words
                title="Errors"
                dimension="errno"
                words={toWords(
                  failed,
                  ({ key }) => key.errno ?? '',
                  row => row[show],
                  ({ key }) => ruleOf(key) !== undefined,
                )}
              />
              <DataTable
                caption="Errors of calls, the most first"
                columns={errorColumns(table.endMs - table.startMs, table.total.errors)}
                rows={failed}
                keyOf={row => keyOf(row.key)}
                empty={state.expected ? 'No call failed.' : 'No call failed but as is to be expected.'}
              />
              <Rest table={table} />
            </>
          )
        }}
      </AnswerView>
    </section>
  )
}

function errorColumns(windowMs: number, total: number) {
  return [
    {
      title: 'Error',
      value: ({ key }: StatsRow) => key.errno ?? '',
      cell: ({ key }: StatsRow) => (
        <Drill row={key} dimensions={['errno']}>
          <code>{nameOf('errno', key.errno)}</code>
        </Drill>
      ),
    },
    {
      title: 'Call',
      value: ({ key }: StatsRow) => key.syscall ?? '',
      cell: ({ key }: StatsRow) => (
        <Drill row={key} dimensions={['errno', 'syscall']}>
          <code>{nameOf('syscall', key.syscall)}</code>
        </Drill>
      ),
    },
    errorsColumn(windowMs),
    {
      title: 'Share',
      isNumber: true,
      value: ({ errors }: StatsRow) => errors,
      cell: ({ errors }: StatsRow) => toPercent(errors, total),
    },
    {
      title: 'Rule',
      cell: ({ key }: StatsRow) => <small>{ruleOf(key) ?? 'none: this is trouble'}</small>,
    },
  ]
}

function CallWords({ only }: { readonly only: 'class' | 'ns' | undefined }) {
  const { state } = usePage()
  const answer = useTable({ by: ['class', 'namespace'], limit: 2000 })
  return (
    <section aria-labelledby="words">
      <h2 id="words">All calls{state.expected ? '' : ', those without errors too'}</h2>
      <AnswerView answer={answer}>
        {({ rows }) => (
          <>
            {only !== 'ns' && (
              <Words
                title="Classes"
                dimension="class"
                words={toWords(
                  rows,
                  ({ key }) => key.class ?? '',
                  row => row.calls,
                )}
              />
            )}
            {only !== 'class' && (
              <Words
                title="Namespaces"
                dimension="namespace"
                words={toWords(
                  rows,
                  ({ key }) => key.namespace ?? '',
                  row => row.calls,
                )}
              />
            )}
          </>
        )}
      </AnswerView>
    </section>
  )
}

function Rules() {
  return (
    <section aria-labelledby="rules">
      <h2 id="rules">Rules</h2>
      <details>
        <summary>Errors that are to be expected: {EXPECTED_ERRORS.length} rules</summary>
        <ul>
          {EXPECTED_ERRORS.map(({ errors, syscalls, why }) => (
            <li key={`${errors}${syscalls}`}>
              <code>{errors.join(', ')}</code> of {syscalls ? <code>{syscalls.join(', ')}</code> : 'any call'}
              : {why}
            </li>
          ))}
        </ul>
      </details>
      <details>
        <summary>Calls that wait by nature: {WAITING_CALLS.length}</summary>
        <p>
          <code>{WAITING_CALLS.join(', ')}</code>
        </p>
      </details>
    </section>
  )
}
