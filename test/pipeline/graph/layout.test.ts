/** In which order a plan is built and started, and what gives to what. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { layoutOf } from '../../../pipeline/graph/layout.ts'
import { type Pipelines, planOf } from './kit.ts'

const keysOf = (pipelines: Pipelines, extensions: string[] = []) =>
  layoutOf(planOf(pipelines, { extensions })).map(({ key }) => key)

const s = suite('layoutOf')
s('extensions, exporters, exits, processors from the last, entries, receivers', () => {
  const pipelines: Pipelines = {
    metrics: [
      ['r', 'r2'],
      ['a', 'b'],
      ['e', 'e2'],
    ],
  }
  assert.equal(keysOf(pipelines, ['x', 'x2']), [
    'extensions::x',
    'extensions::x2',
    'exporters::e',
    'exporters::e2',
    'service::pipelines::metrics → exporters',
    'processors::b (metrics)',
    'processors::a (metrics)',
    'receivers::r → metrics',
    'receivers::r2 → metrics',
    'receivers::r',
    'receivers::r2',
  ])
})
s('a connector comes before the pipelines that give to it, and after those that it gives to', () => {
  const pipelines: Pipelines = {
    metrics: [['r'], [], ['connect']],
    'metrics/last': [['connect/b', 'r'], [], ['e']],
    'metrics/mid': [['connect'], [], ['connect/b', 'e']],
    logs: [['connect'], [], ['e']],
  }
  assert.equal(keysOf(pipelines), [
    'exporters::e',
    'service::pipelines::metrics/last → exporters',
    'service::pipelines::logs → exporters',
    'connectors::connect/b → metrics',
    'connectors::connect/b',
    'service::pipelines::metrics/mid → exporters',
    'connectors::connect → metrics',
    'connectors::connect → logs',
    'connectors::connect',
    'service::pipelines::metrics → exporters',
    'receivers::r → metrics',
    'receivers::r',
  ])
})
s('each component knows its pipelines', () => {
  const pipelines: Pipelines = {
    metrics: [['r'], ['p'], ['e', 'connect']],
    'metrics/b': [['connect', 'r'], ['p'], ['e2']],
  }
  const known = layoutOf(planOf(pipelines, { extensions: ['x'] })).flatMap(vertex =>
    'branches' in vertex ? [] : [`${vertex.key}: ${vertex.pipelines}`],
  )
  assert.equal(known.sort(), [
    'connectors::connect: metrics,metrics/b',
    'exporters::e2: metrics/b',
    'exporters::e: metrics',
    'extensions::x: ',
    'processors::p (metrics): metrics',
    'processors::p (metrics/b): metrics/b',
    'receivers::r: metrics,metrics/b',
  ])
})
s('each vertex comes after all that it gives to, in any plan without a ring', () => {
  const pipelines: Pipelines = {}
  for (let i = 0; i < 30; i++) {
    const before = [i - 1, i - 2, i - 7].filter(n => n >= 0).map(n => `connect/${n}`)
    pipelines[`metrics/${i}`] = [['r', ...before], ['p'], ['e', `connect/${i}`]]
  }
  pipelines['metrics/end'] = [Array.from({ length: 30 }, (_, i) => `connect/${i}`), [], ['e']]
  const seen = new Set<string>()
  for (const vertex of layoutOf(planOf(pipelines))) {
    const targets = 'branches' in vertex ? vertex.branches.map(({ to }) => to) : [...vertex.next.values()]
    for (const to of targets) assert.ok(seen.has(to), `${vertex.key} → ${to}`)
    seen.add(vertex.key)
  }
  assert.is(seen.size, 1 + 31 + 30 + 30 + 30 + 1 + 1)
})
s.run()
