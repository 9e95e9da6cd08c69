import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Summary, summarize } from '../../../extensions/health_check/aggregate.ts'
import type { ComponentStatus, State } from '../../../pipeline/states.ts'

const of = (state: State, id: string, sinceUnixNano = 0n): ComponentStatus => ({
  component: `exporters::${id}`,
  kind: 'exporters',
  id,
  pipelines: ['metrics'],
  state,
  cause: new Error(`${id} is ${state}`),
  sinceUnixNano,
})
const added = (...states: State[]) =>
  summarize(
    states.map((state, i) => of(state, `${i}`)),
    'permanent',
  ).state

const s = suite('summarize')
for (const [states, expected] of [
  [['ok', 'ok'], 'ok'],
  [['stopped', 'stopped'], 'stopped'],
  [['ok', 'starting', 'recoverable'], 'starting'],
  [['ok', 'stopping'], 'stopping'],
  [['ok', 'stopped'], 'stopping'],
  [['starting', 'fatal', 'ok'], 'fatal'],
  [['ok', 'recoverable'], 'recoverable'],
  [['recoverable', 'ok', 'permanent'], 'permanent'],
  [[], 'none'],
] as const)
  s(`${states.join(', ') || 'nothing'}: ${expected}`, () => assert.is(added(...states), expected))
s('which of two errors counts is the caller’s choice', () => {
  const all = [of('recoverable', 'a'), of('permanent', 'b'), of('ok', 'c')]
  assert.is(summarize(all, 'recoverable').cause?.message, 'a is recoverable')
  assert.is(summarize(all, 'permanent').cause?.message, 'b is permanent')
})
s('an error is as old as the first, anything else as the last', () => {
  const failing = summarize(
    [of('recoverable', 'b', 7n), of('recoverable', 'a', 5n), of('ok', 'c', 9n)],
    'permanent',
  )
  assert.equal([failing.cause?.message, failing.sinceUnixNano], ['a is recoverable', 5n])
  const fine = summarize([of('ok', 'a', 5n), of('ok', 'b', 9n), of('ok', 'c', 7n)], 'permanent')
  assert.equal([fine.cause, fine.sinceUnixNano], [undefined, 9n])
})
s('a component is in each of its pipelines, an extension beside them, all sorted', () => {
  const all: ComponentStatus[] = [
    { ...of('ok', 'health_check'), kind: 'extensions', pipelines: [] },
    { ...of('recoverable', 'otlp/2'), pipelines: ['metrics', 'logs/app'] },
    { ...of('ok', 'ebpf'), kind: 'receivers', pipelines: ['metrics'] },
    { ...of('ok', 'forward'), kind: 'connectors', pipelines: ['logs/app', 'metrics'] },
  ]
  const show = ({ state, parts }: Summary): object => ({
    state,
    ...(parts.size > 0 && { parts: [...parts].map(([name, part]) => [name, show(part)]) }),
  })
  assert.equal(show(summarize(all, 'permanent')), {
    state: 'recoverable',
    parts: [
      ['extensions', { state: 'ok', parts: [['extension:health_check', { state: 'ok' }]] }],
      [
        'pipeline:logs/app',
        {
          state: 'recoverable',
          parts: [
            ['connector:forward', { state: 'ok' }],
            ['exporter:otlp/2', { state: 'recoverable' }],
          ],
        },
      ],
      [
        'pipeline:metrics',
        {
          state: 'recoverable',
          parts: [
            ['connector:forward', { state: 'ok' }],
            ['exporter:otlp/2', { state: 'recoverable' }],
            ['receiver:ebpf', { state: 'ok' }],
          ],
        },
      ],
    ],
  })
})
s.run()
