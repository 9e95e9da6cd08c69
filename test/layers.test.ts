/** The layers of the house hold: nobody imports what the table forbids, and nothing imports itself by a detour. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deadExports } from './kit/exports.ts'
import { longFunctions } from './kit/functions.ts'
import { forbiddenImports, importCycles, importsOf, rawTimers, unawaitedReturns } from './kit/layers.ts'
import { houseSources, nativeSources, testSources } from './kit/sources.ts'

const sources = houseSources()
/** Programs of others import it, as `swoll/client`. */
const PACKAGE = 'client/client.ts'
/** A screen. */
const MOST_LINES = 40
/** By file, why it has longer ones. */
const LONG: Readonly<Record<string, string>> = {
  'bpf/trace_memory.bpf.h':
    'a table: a line per way to copy an argument, which the verifier follows branch by branch',
}

const layers = suite('layers')
layers('there is something to look at', () => {
  assert.ok(sources.length > 50, `${sources.length} files`)
  assert.ok(
    importsOf(sources.find(source => source.path === 'pipeline/graph/graph.ts')!).includes(
      'pipeline/plan.ts',
    ),
  )
})
layers('nobody imports what the table forbids', () => {
  assert.is(forbiddenImports(sources).join('\n'), '')
})
layers('there are no cycles', () => {
  assert.is(importCycles(sources).join('\n'), '')
})
layers('nothing is exported that nobody imports', () => {
  const dead = deadExports([...sources, ...testSources()])
  assert.is(dead.filter(line => !line.startsWith(`${PACKAGE} `)).join('\n'), '')
})
layers('a function fits a screen', () => {
  const long = longFunctions([...sources, ...nativeSources()], MOST_LINES)
  assert.equal(
    long.filter(({ path }) => !(path in LONG)),
    [],
  )
  assert.equal(
    Object.keys(LONG).filter(path => !long.some(found => found.path === path)),
    [],
    'exceptions that are none any more',
  )
})
layers('all timers are those of the clock', () => {
  assert.is(rawTimers(sources).join('\n'), '')
})
layers('nothing is let go of before the promise that needs it is done', () => {
  assert.is(unawaitedReturns(sources).join('\n'), '')
})
layers.run()

const returns = suite('unawaited returns')
for (const [text, found] of [
  ['  using a = open()\n  return run(a)\n}', 1],
  ['  using a = open()\n  if (b) return run(a)\n}', 1],
  ['  using a = open()\n  return b ? c : run(a)\n}', 1],
  ['  await using a = open()\n  if (b) {\n    return run(a)\n  }\n}', 1],
  ['  using a = open()\n  return await run(a)\n}', 0],
  ['  using a = open()\n  return a.size\n}\nfunction b() {\n  return run()\n}', 0],
  ['  if (b) {\n    using a = open()\n  }\n  return run()\n}', 0],
] as const)
  returns(JSON.stringify(text), () => {
    assert.is(
      unawaitedReturns([{ path: 'cli/a.ts', text: `async function run() {\n${text}\n` }]).length,
      found,
    )
  })
returns.run()

const timers = suite('raw timers')
for (const [text, isRaw] of [
  ['setTimeout(run, ms)', true],
  ['const timer = setInterval (run, ms)', true],
  ['output.end(AbortSignal.timeout(ms))', true],
  ["import { setTimeout as delay } from 'node:timers/promises'", true],
  ["import { setImmediate as eventLoop } from 'node:timers/promises'", false],
  ['request.setTimeout(0)', false],
  ['clearTimeout(timer)', false],
  ['clock.after(ms, run)', false],
] as const)
  timers(`${text} is ${isRaw ? '' : 'not '}one`, () => {
    assert.is(rawTimers([{ path: 'cli/a.ts', text }]).length, isRaw ? 1 : 0)
    assert.equal(rawTimers([{ path: 'pipeline/timers.ts', text }]), [])
  })
timers.run()

const rules = suite('the table')
const forbidden = (path: string, target: string) =>
  forbiddenImports([{ path, text: `import { x } from '${target}'\n` }]).length > 0
for (const [path, target] of [
  ['pipeline/data/a.ts', 'node:fs'],
  ['pipeline/data/a.ts', '../clock.ts'],
  ['pipeline/data/a.ts', 'zod'],
  ['pipeline/a.ts', '../otel-config/load.ts'],
  ['pipeline/a.ts', 'yaml'],
  ['otel-config/a.ts', '../exporters/debug/factory.ts'],
  ['native/a.ts', '../pipeline/component.ts'],
  ['syscalls/a.ts', '../kubernetes/cgroup-path.ts'],
  ['receiver/ebpf/a.ts', '../../processors/syscall/config.ts'],
  ['receiver/ebpf/a.ts', '../../kubernetes/client.ts'],
  ['processors/syscall/a.ts', '../../native/bpf-object.ts'],
  ['processors/syscall/a.ts', '../batch/a.ts'],
  ['exporters/debug/a.ts', '../prometheus/text.ts'],
  ['exporters/debug/a.ts', '../../kubernetes/client.ts'],
  ['exporters/shared/a.ts', '../prometheus/text.ts'],
  ['controller/a.ts', '../native/addon.ts'],
  ['cli/main.ts', '../processors/syscall/factory.ts'],
  ['cli/trace/a.ts', '../../receiver/ebpf/config.ts'],
  ['trace/a.ts', '../receiver/ebpf/config.ts'],
  ['kernel/a.ts', '../trace/host.ts'],
  ['syscalls/a.ts', '../kernel/settings.ts'],
  ['connectors/forward/a.ts', '../../kubernetes/image.ts'],
  ['pipeline/a.ts', '../cli/version.ts'],
  ['cli/a.ts', '../test/kit/clock.ts'],
  ['unheard-of/a.ts', 'zod'],
] as const)
  rules(`forbids ${target} in ${path}`, () => {
    assert.ok(forbidden(path, target))
  })
for (const [path, target] of [
  ['pipeline/data/a.ts', './metrics.ts'],
  ['pipeline/a.ts', './data/metrics.ts'],
  ['pipeline/a.ts', 'zod'],
  ['otel-config/a.ts', 'yaml'],
  ['native/a.ts', '../pipeline/errors.ts'],
  ['kernel/cgroups/a.ts', '../../kubernetes/cgroup-path.ts'],
  ['receiver/ebpf/state/a.ts', '../batch.ts'],
  ['receiver/ebpf/tracing/a.ts', '../../../kubernetes/pods/pod-store.ts'],
  ['processors/k8s_attributes/a.ts', '../../kubernetes/pods.ts'],
  ['exporters/debug/a.ts', '../shared/retry.ts'],
  ['exporters/otlp_grpc/a.ts', '@grpc/grpc-js'],
  ['exporters/otlp_grpc/a.ts', 'protobufjs/minimal.js'],
  ['cli/components.ts', '../exporters/debug/factory.ts'],
  ['cli/commands/a.ts', '../../otel-config/load.ts'],
  ['cli/trace/a.ts', '../../trace/requests/request.ts'],
  ['extensions/trace_api/a.ts', '../../trace/requests/request.ts'],
  ['receiver/ebpf/tracing/a.ts', '../../../trace/session/session.ts'],
  ['trace/session/a.ts', '../../kernel/tracing.ts'],
  ['exporters/file/a.ts', '../../otlp/json/encode.ts'],
] as const)
  rules(`allows ${target} in ${path}`, () => {
    assert.not(forbidden(path, target))
  })
rules.run()

const reading = suite('reading imports')
reading('finds every form', () => {
  const text = `import a from './a.ts'
import type { B,
  C } from '../b.ts'
export * from './c.ts'
export { d } from "./d.ts"
import './e.ts'
const f = await import('./f.ts')
const text = 'not an import from here'
// the word import in a comment, and 'quotes'
`
  assert.equal(importsOf({ path: 'x/y.ts', text }), [
    'x/a.ts',
    'b.ts',
    'x/c.ts',
    'x/d.ts',
    'x/e.ts',
    'x/f.ts',
  ])
})
reading('finds cycles through types', () => {
  const file = (path: string, ...targets: string[]) => ({
    path,
    text: targets.map(target => `import type { T } from './${target}'\n`).join(''),
  })
  const ring = [file('a.ts', 'b.ts'), file('b.ts', 'c.ts', 'd.ts'), file('c.ts', 'a.ts'), file('d.ts')]
  assert.equal(importCycles(ring), ['a.ts → b.ts → c.ts → a.ts'])
  assert.equal(importCycles(ring.slice(1)), [])
})
reading.run()
