import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Reload } from '../../cli/reload.ts'
import type { Loaded } from '../../otel-config/load.ts'
import { mapOf } from '../../otel-config/tree.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Applied } from '../../pipeline/graph/change.ts'
import type { Plan } from '../../pipeline/plan.ts'
import type { ComponentStatus } from '../../pipeline/states.ts'
import { settled } from '../kit/consumers.ts'
import { recordingLogger } from '../kit/context.ts'

const PLAN = {
  telemetry: { logs: { level: 'info' }, metrics: { level: 'normal' }, resource: {} },
  dropsCapabilities: true,
  shutdownTimeoutMs: 10_000,
} as unknown as Plan
const ROOT = mapOf({ file: 'agent.yaml', line: 1, column: 1 })
const NOTHING: Applied = { started: [], updated: [], stopped: [], errors: [] }

/** An agent whose graph and files are what the test says; `journal` is what was asked of them. */
function createScene({ areReduced = true } = {}) {
  const log = recordingLogger()
  const journal: string[] = []
  const stop = new AbortController()
  const scene = {
    /** How often the agent was said to have changed. */
    busy: 0,
    plan: PLAN,
    load: async (): Promise<Loaded> => ({ plan: scene.plan, warnings: [], root: ROOT }),
    apply: async (_plan: Plan, _abort: AbortSignal) => NOTHING,
  }
  const reload = new Reload({ load: () => scene.load(), log })
  const begin = () =>
    reload.begin({
      plan: PLAN,
      stop: stop.signal,
      graph: {
        apply(plan, abort) {
          journal.push('apply')
          return scene.apply(plan, abort)
        },
        status: () => Array.from({ length: 5 }, (_, i) => statusOf(`${i}`)),
      },
      privileges: { areReduced, reduce: () => void journal.push('reduce') },
      memory: { busy: () => void scene.busy++ },
      manager: {
        reloading: () => void journal.push('reloading'),
        reloaded: () => void journal.push('reloaded'),
      },
    })
  const ask = async () => {
    reload.ask()
    await reload.settled()
  }
  const said = () => log.lines.splice(0).map(({ level, message }) => `${level}: ${message}`)
  return { scene, reload, begin, ask, stop, journal, log, said }
}

function statusOf(id: string): ComponentStatus {
  const component = `exporters::${id}`
  return {
    component,
    kind: 'exporters',
    id,
    pipelines: ['metrics'],
    state: 'ok',
    cause: undefined,
    sinceUnixNano: 0n,
  }
}

const NOT_APPLIED = 'warn: The configuration is not applied: everything goes on as it was'
const APPLIED = 'info: The configuration is applied'

const s = suite('Reload')
s('applies the file, and says what became of the components', async () => {
  const { scene, begin, ask, log, journal, reload } = createScene()
  scene.plan = { ...PLAN, shutdownTimeoutMs: 5000 }
  scene.apply = async () => ({
    started: ['d', 'e'],
    updated: ['c'],
    stopped: ['d', 'f'],
    errors: [new Error('f: did not stop by the deadline')],
  })
  begin()
  await ask()
  assert.equal(log.lines, [
    { level: 'error', fields: {}, message: 'f: did not stop by the deadline' },
    {
      level: 'info',
      fields: { kept: 2, updated: ['c'], replaced: ['d'], added: ['e'], removed: ['f'] },
      message: 'The configuration is applied',
    },
  ])
  assert.equal(journal, ['reloading', 'apply', 'reloaded'])
  assert.is(scene.busy, 1)
  assert.is(reload.shutdownTimeoutMs, 5000)
})
s('says all that is wrong with a file, and applies nothing of it', async () => {
  const { scene, begin, ask, said, journal } = createScene()
  const wrong = () => Promise.reject(new SwollError('CONFIG_INVALID', 'a: must be 1\nb: must be 2'))
  scene.load = wrong
  begin()
  await ask()
  assert.equal(said(), ['error: a: must be 1', 'error: b: must be 2', NOT_APPLIED])
  assert.equal(journal, ['reloading', 'reloaded'])
})
s('says why the components refuse', async () => {
  const { scene, begin, ask, said, reload } = createScene()
  scene.plan = { ...PLAN, shutdownTimeoutMs: 5000 }
  scene.apply = () => Promise.reject(new SwollError('COMPONENT_START_FAILED', 'exporters::file: no space'))
  begin()
  await ask()
  assert.equal(said(), ['error: exporters::file: no space', NOT_APPLIED])
  assert.is(reload.shutdownTimeoutMs, 10_000)
})
for (const areReduced of [true, false])
  s(`names the remedy where capabilities are missing that were given up: ${areReduced}`, async () => {
    const { scene, begin, ask, said } = createScene({ areReduced })
    const cause = new SwollError('HOST_UNSUPPORTED', 'privileges: must include CAP_BPF')
    scene.apply = () =>
      Promise.reject(new SwollError('COMPONENT_START_FAILED', `ebpf: ${cause.message}`, { cause }))
    begin()
    await ask()
    const lines = said()
    assert.is(lines.length, areReduced ? 3 : 2)
    assert.is(/^error: service::drop_capabilities: .*; restart it/.test(lines[1]!), areReduced)
  })
s('says plainly what takes a restart', async () => {
  const { scene, begin, ask, said } = createScene()
  scene.plan = {
    ...PLAN,
    dropsCapabilities: false,
    telemetry: { ...PLAN.telemetry, logs: { level: 'debug', encoding: 'json' } },
  }
  begin()
  await ask()
  assert.equal(said(), [
    'warn: service::telemetry::logs: cannot change while the agent runs; restart it',
    'warn: service::drop_capabilities: what was given up does not come back while the agent runs; restart it',
    APPLIED,
  ])
})
s('gives up capabilities that the file no longer wants kept', async () => {
  const { begin, ask, journal } = createScene({ areReduced: false })
  begin()
  await ask()
  assert.equal(journal, ['reloading', 'apply', 'reduce', 'reloaded'])
})
s('waits for the end of the start', async () => {
  const { begin, ask, journal, reload } = createScene()
  await ask()
  await ask()
  assert.equal(journal, [])
  begin()
  await reload.settled()
  assert.equal(journal, ['reloading', 'apply', 'reloaded'])
})
s('applies once more for all who ask while it applies', async () => {
  const { scene, begin, journal, reload } = createScene()
  const { promise, resolve } = Promise.withResolvers<Applied>()
  scene.apply = () => promise
  begin()
  for (let i = 0; i < 3; i++) {
    reload.ask()
    await settled()
  }
  assert.equal(journal, ['reloading', 'apply'])
  resolve(NOTHING)
  await reload.settled()
  assert.equal(journal, ['reloading', 'apply', 'reloaded', 'reloading', 'apply', 'reloaded'])
})
s('begins nothing when the agent stops', async () => {
  const { scene, begin, journal, reload, stop } = createScene()
  const { promise, resolve } = Promise.withResolvers<Applied>()
  scene.apply = () => promise
  begin()
  reload.ask()
  await settled()
  reload.ask()
  stop.abort()
  resolve(NOTHING)
  await reload.settled()
  assert.equal(journal, ['reloading', 'apply', 'reloaded'])
})
s.run()
