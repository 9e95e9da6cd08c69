/** Real containers, too short-lived for anyone to ask about: named by their cgroup's path, and counted exactly. */
// Shares: pods.
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../receiver/ebpf/config.ts'
import { factory } from '../../receiver/ebpf/factory.ts'
import { sink } from '../kit/consumers.ts'
import { createContext, never, nopHost } from '../kit/context.ts'
import { type Point, toPoints } from '../kit/metrics.ts'
import { lacksBpf, lacksCommand, lacksFile, lacksRoot, requireAll } from '../kit/skip.ts'
import { type ContainerOptions, cgroupPathOf, runContainer } from './kit/runc.ts'

requireAll(
  lacksRoot(),
  lacksBpf(),
  lacksCommand('runc'),
  lacksCommand('cc'),
  lacksFile(join(import.meta.dirname, '../../native/build/swoll.node')),
)

const SYSCALL = 'sched_get_priority_max'
const LIFE_MS = 50
const CONTAINERS = 11

interface Visit extends ContainerOptions {
  readonly calls: number
}

function visit(program: string, calls: number): Visit {
  const podUid = randomUUID()
  const containerId = createHash('sha256').update(podUid).digest('hex')
  return { program, args: [`${calls}`, `${LIFE_MS}`], containerId, podUid, calls }
}

/** Compiles the visitor and runs the test with it. */
async function withVisitor(run: (program: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-visitor-'))
  try {
    const program = join(folder, 'visitor')
    const source = join(import.meta.dirname, 'kit/visitor.c')
    execFileSync('cc', ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source])
    await run(program)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Runs the containers one after another under a receiver of its own; gives the points of its last collection. */
async function observe(visits: readonly Visit[], latency: 'exact' | 'off'): Promise<Point[]> {
  const metrics = sink()
  const settings = config.parse({
    collection_interval: '100ms',
    latency,
    resource_detection: { enabled: false },
  })
  const receiver = factory.create(createContext(settings), { metrics })
  await receiver.start(nopHost(), never)
  try {
    for (const each of visits) assert.is((await runContainer(each)).exitCode, 0)
  } finally {
    await receiver.shutdown(never)
  }
  return toPoints(metrics.batches.at(-1)!)
}

/** The visitors' marked calls: per point, whose, with which result, how many. */
function toCounts(points: readonly Point[], metric: string): string[] {
  return points
    .filter(point => point.metric === metric && point.attributes['syscall.name'] === SYSCALL)
    .map(({ resourceAttributes, attributes, value }) => {
      const { 'syscall.name': _, ...rest } = attributes
      const count = typeof value === 'object' ? value.count : value
      return JSON.stringify([resourceAttributes, rest, Number(count)])
    })
    .sort()
}

function expected(visits: readonly Visit[]): string[] {
  return visits
    .flatMap(({ containerId, podUid, calls }) => {
      const resource = { 'container.id': containerId, 'k8s.pod.uid': podUid }
      return [
        JSON.stringify([resource, {}, calls]),
        JSON.stringify([resource, { 'error.type': 'EINVAL' }, calls]),
      ]
    })
    .sort()
}

const s = suite('containers of runc')
s('are in the v2 cgroup that a kubelet would give them', () =>
  withVisitor(async program => {
    const options = visit(program, 1)
    const { stdout } = await runContainer(options)
    assert.ok(stdout.split('\n').includes(`0::${cgroupPathOf(options)}`), stdout)
  }),
)
for (const latency of ['exact', 'off'] as const) {
  s(`that live for ${LIFE_MS} ms show their ids and exact counts, latency ${latency}`, () =>
    withVisitor(async program => {
      const visits = Array.from({ length: CONTAINERS }, (_, i) => visit(program, 1009 + 2 * i))
      const points = await observe(visits, latency)
      assert.equal(toCounts(points, 'swoll.syscall.calls'), expected(visits))
      assert.equal(toCounts(points, 'swoll.syscall.duration'), latency === 'exact' ? expected(visits) : [])
    }),
  )
}
s.run()
