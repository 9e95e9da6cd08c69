import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CgroupIdentity, parseCgroupPath } from '../../kubernetes/cgroup-path.ts'
import { seeded } from '../kit/random.ts'

interface Row {
  readonly path: string
  readonly want: CgroupIdentity
  /** The source of the path, or of its shape. */
  readonly source: string
}
const corpus: Row[] = JSON.parse(
  readFileSync(new URL('../fixtures/cgroup-paths.json', import.meta.url), 'utf8'),
)

const s = suite('parseCgroupPath')
for (const { path, want, source } of corpus) {
  s(`${source}: ${path}`, () => assert.equal(parseCgroupPath(path), want))
}
s('has a corpus', () => assert.ok(corpus.length >= 150))
s.run()

const hostile = suite('parseCgroupPath on hostile input')
const id = 'a'.repeat(64)
hostile('the first pod decides, whatever a container names its own cgroups', () => {
  const victim = 'pod00000000-0000-0000-0000-000000000000'
  const identity = parseCgroupPath(
    `/kubepods/pod${'1'.repeat(32)}/${id}/kubepods/${victim}/${'b'.repeat(64)}`,
  )
  assert.equal(identity, { kind: 'container', containerId: id, podUid: '1'.repeat(32) })
})
hostile('a segment that the length limit cuts in two is not read', () => {
  const long = `/${'x/'.repeat(2012)}docker-${id}zzz.scope`
  assert.ok(long.slice(0, 4096).endsWith(`/docker-${id}`))
  assert.is(parseCgroupPath(long).kind, 'other')
})
hostile('one endless segment is nothing', () => {
  assert.equal(parseCgroupPath(`/${'pod'.repeat(100_000)}`), { kind: 'other', path: '/' })
})

/** Pieces that rules look for, so that random paths come close to every rule. */
const PIECES = [
  ...['kubepods', 'burstable', 'besteffort', 'pod', 'kubepods-burstable-pod', '.slice', '.scope', '.service'],
  ...['docker-', 'crio-', 'crio-conmon-', 'libpod-', 'cri-containerd-', ':cri-containerd:', ':', '/', '//'],
  ...['lxc', 'lxc.payload.', 'machine.slice', 'machine-', 'systemd-nspawn@', 'nomad', 'ecs', 'buildkit'],
  ...['..', '/..', '_', '\\x2d', '\\x', ' (deleted)', '\u0000', '\n', '\ud800', 'é', '%', '-', '.'],
  ...[id, 'a'.repeat(63), '0123-', 'default', 'garden', 'mesos', 'constructor', '__proto__'],
]
hostile('20,000 random paths give an identity with no empty name', () => {
  const next = seeded(20)
  const kinds = new Set<string>()
  for (let n = 0; n < 20_000; n++) {
    const count = Math.floor(next() * 12)
    const path = Array.from({ length: count }, () => PIECES[Math.floor(next() * PIECES.length)]!).join('')
    const identity = parseCgroupPath(path)
    kinds.add(identity.kind)
    for (const value of Object.values(identity)) assert.ok(value !== '' && value !== undefined, path)
  }
  assert.equal([...kinds].sort(), ['container', 'other', 'pod', 'unit'])
})
hostile('worst cases of a megabyte end at once', () => {
  // Quadratic or worse would take minutes here; the runner's limit per file is the clock.
  const worst = [
    '-pod',
    'a-',
    '/a',
    '/machine-x.scope',
    ':',
    '\\x2d',
    '/..',
    '_',
    '/kubepods',
    `/docker-${id}z`,
  ]
  for (const piece of worst) {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length))
    for (const path of [text, `/${text}.slice`, `${text} (deleted)`]) assert.ok(parseCgroupPath(path).kind)
  }
})
hostile.run()
