import { existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readEnumValue } from '../../../kernel/cgroups/btf-enum.ts'
import { toSubsystem } from '../../../kernel/cgroups/hierarchy.ts'

/** BTF from types (name, kind, members, extra words) and the text of all strings. */
function btf(
  types: readonly [name: string, kind: number, members: number, extra: (number | string)[]][],
): Uint8Array {
  let strings = '\0'
  const offsetOf = (text: string): number => {
    strings += `${text}\0`
    return strings.length - text.length - 1
  }
  const words: number[] = []
  for (const [name, kind, members, extra] of types) {
    words.push(offsetOf(name), (kind << 24) | members, 4)
    words.push(...extra.map(word => (typeof word === 'string' ? offsetOf(word) : word)))
  }
  const text = new TextEncoder().encode(strings)
  const head = Uint32Array.of(0x0001_eb9f, 24, 0, words.length * 4, words.length * 4, text.length)
  const body = new Uint8Array(Uint32Array.from(words).buffer)
  return Uint8Array.from([...new Uint8Array(head.buffer), ...body, ...text])
}

/** One type of each kind before the enum, each with as many extra bytes as btf.rst says. */
const EVERY_KIND = btf([
  ['int', 1, 0, [0]],
  ['', 2, 0, []],
  ['', 3, 0, [1, 1, 9]],
  ['s', 4, 2, [0, 1, 0, 0, 1, 32]],
  ['u', 5, 1, [0, 1, 0]],
  ['other', 6, 1, ['pids_cgrp_id', 77]],
  ['f', 7, 0, []],
  ['t', 8, 0, []],
  ['', 9, 0, []],
  ['', 10, 0, []],
  ['', 11, 0, []],
  ['fn', 12, 1, []],
  ['', 13, 2, [0, 1, 0, 1]],
  ['v', 14, 0, [0]],
  ['d', 15, 1, [1, 0, 4]],
  ['fl', 16, 0, []],
  ['tag', 17, 0, [0]],
  ['tt', 18, 0, []],
  ['e64', 19, 1, ['big', 1, 2]],
  ['cgroup_subsys_id', 6, 0, []],
  ['cgroup_subsys_id', 6, 3, ['cpu_cgrp_id', 0, 'io_cgrp_id', 3, 'pids_cgrp_id', 11]],
])

const s = suite('readEnumValue')
const rows: [string, string, number | undefined][] = [
  ['cgroup_subsys_id', 'pids_cgrp_id', 11],
  ['cgroup_subsys_id', 'cpu_cgrp_id', 0],
  ['cgroup_subsys_id', 'memory_cgrp_id', undefined],
  ['cgroup_subsys', 'pids_cgrp_id', undefined],
  ['cgroup_subsys_id', 'pids_cgrp', undefined],
  ['other', 'pids_cgrp_id', 77],
]
for (const [name, member, want] of rows) {
  s(`${name} ${member} is ${want}`, () => assert.is(readEnumValue(EVERY_KIND, name, member), want))
}
s('refuses what is not BTF', () => assert.throws(() => readEnumValue(new Uint8Array(64), 'a', 'b'), /0xeb9f/))
s('refuses a kind it does not know', () => {
  assert.throws(() => readEnumValue(btf([['x', 20, 0, []]]), 'a', 'b'), /kind must be below 20, got 20/)
})
s('refuses cut types', () =>
  assert.throws(() => readEnumValue(EVERY_KIND.subarray(0, 100), 'a', 'b'), /Offset/),
)
s('finds a controller under the name it has in the types', () => {
  const blkio = {
    version: 1,
    controller: 'blkio',
    id: 7,
    mountPoint: '/x',
    prefix: '',
    isWhole: true,
  } as const
  assert.is(toSubsystem(blkio, EVERY_KIND), 3)
  assert.throws(() => toSubsystem({ ...blkio, controller: 'memory' }, EVERY_KIND), /must have memory_cgrp_id/)
})
const KERNEL = '/sys/kernel/btf/vmlinux'
if (existsSync(KERNEL)) {
  s('reads this kernel’s types', () => {
    const value = readEnumValue(readFileSync(KERNEL), 'cgroup_subsys_id', 'CGROUP_SUBSYS_COUNT')
    assert.ok(value !== undefined && value > 0)
  })
}
s.run()
