import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abisOf } from '../../../../kernel/settings.ts'
import { droppedLayout, RULES, SPILLED_NUMBERS } from '../../../../native/generated/layout.ts'
import { config } from '../../../../receiver/ebpf/config.ts'
import { countDroppedEnters, Exclusions } from '../../../../receiver/ebpf/exclusions/exclusions.ts'
import { createRules } from '../../../../receiver/ebpf/exclusions/rules.ts'
import { SeriesStore } from '../../../../receiver/ebpf/state/series.ts'

const SSH = { id: 'u', attributes: { 'systemd.unit': 'ssh.service' } }
const CONTAINER = { id: 'c', attributes: { 'container.id': 'a'.repeat(64) } }
const READ = 0
const GETPID = 39

function scene(given: object) {
  const kernel = {
    dropped: new BigUint64Array((2 * RULES * droppedLayout.size) / 8),
    byCall: new Uint32Array(0) as Uint32Array,
    byCgroup: new Map<bigint, number>(),
    setDropRules(byCall: Uint32Array) {
      this.byCall = byCall
    },
    setDropRulesOf(cgroup: bigint, rules: number) {
      if (rules === 0) this.byCgroup.delete(cgroup)
      else this.byCgroup.set(cgroup, rules)
    },
  }
  const exclusions = new Exclusions(createRules(config.parse(given)), abisOf('x64'), kernel)
  return { kernel, exclusions }
}

const s = suite('Exclusions')
s('tell the kernel which cgroups and which calls, and take them back', () => {
  const { kernel, exclusions } = scene({ from: 'containers', exclude: [{ syscalls: ['getpid'] }] })
  exclusions.named(1, SSH)
  exclusions.named(2, CONTAINER)
  assert.equal(
    [...kernel.byCgroup],
    [
      [1n, 0b11],
      [2n, 0b10],
    ],
  )
  assert.equal(
    [READ, GETPID, SPILLED_NUMBERS - 1].map(nr => kernel.byCall[nr]),
    [0b01, 0b11, 0b01],
  )
  exclusions.forgotten(2)
  assert.equal([...kernel.byCgroup], [[1n, 0b11]])
})
s('take back what was told of a cgroup that is renamed', () => {
  const { kernel, exclusions } = scene({ from: 'containers' })
  exclusions.named(1, SSH)
  exclusions.named(1, CONTAINER)
  assert.is(kernel.byCgroup.size, 0)
})
s('tell the kernel nothing without rules', () => {
  const { kernel, exclusions } = scene({})
  exclusions.named(1, SSH)
  assert.is(kernel.byCall.length, 0)
  assert.is(kernel.byCgroup.size, 0)
})
s('take out of the state what was counted too early, and count it by the first rule', () => {
  const { kernel, exclusions } = scene({
    exclude: [
      { name: 'pids', syscalls: ['getpid'] },
      { name: 'ssh', units: ['ssh.service'] },
    ],
  })
  const store = new SeriesStore(100)
  for (const [owner, nr, calls] of [
    [1, READ, 3],
    [1, GETPID, 5],
    [2, READ, 7],
    [2, GETPID, 11],
    [3, GETPID, 13],
  ] as const)
    store.addCalls(store.row(owner, nr, 0), calls, 0)
  exclusions.sweep(store, owner => [undefined, SSH, CONTAINER][owner])
  assert.equal(
    Array.from({ length: store.rows }, (_, row) => [
      store.owner[row],
      store.callLow[row],
      Number(store.calls[row]),
    ]),
    [
      [2, READ, 7],
      [3, GETPID, 13],
    ],
    'what has no name yet stays',
  )
  kernel.dropped[2] = 100n // rule 1 of CPU 0: calls, denied
  kernel.dropped[3] = 10n
  kernel.dropped[RULES * 2 + 2] = 1000n
  assert.equal(
    [...exclusions.dropped()],
    [
      ['pids', 16],
      ['ssh', 1113],
    ],
  )
  assert.is(countDroppedEnters(kernel.dropped), 1100, 'denied calls have no enter')
})
s.run()
