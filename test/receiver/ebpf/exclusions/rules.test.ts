import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UNRESOLVED } from '../../../../kernel/cgroups/resource.ts'
import { config } from '../../../../receiver/ebpf/config.ts'
import { createRules } from '../../../../receiver/ebpf/exclusions/rules.ts'

const ID = 'a'.repeat(64)
const CONTAINER = { id: 'c', attributes: { 'container.id': ID } }
const POD = { id: 'p', attributes: { 'k8s.pod.uid': 'u' } }
const SSH = { id: 'u', attributes: { 'systemd.unit': 'ssh.service' } }
const ROOT = { id: 'r', attributes: { 'process.linux.cgroup': '/' } }
const SOURCES = { CONTAINER, POD, SSH, ROOT, UNRESOLVED }

const s = suite('createRules')
for (const [name, given, want] of [
  ['nothing by default', {}, []],
  ['the host', { from: 'containers' }, [['from: containers', 'SSH ROOT']]],
  ['containers', { from: 'host' }, [['from: host', 'CONTAINER POD']]],
  ['a container by its id', { exclude: [{ containers: ['aaaaaaaa'] }] }, [['exclude::0', 'CONTAINER']]],
  ['units by pattern', { exclude: [{ name: 'quiet', units: ['s*.service'] }] }, [['quiet', 'SSH']]],
  [
    'several, in order',
    { from: 'containers', exclude: [{ from: 'containers' }, {}] },
    [
      ['from: containers', 'SSH ROOT'],
      ['exclude::0', 'CONTAINER POD'],
      ['exclude::1', 'CONTAINER POD SSH ROOT'],
    ],
  ],
] as const)
  s(`leaves out ${name}, and never what has no name`, () => {
    const rules = createRules(config.parse(given))
    const found = rules.map(({ name, hasSource }) => [
      name,
      Object.entries(SOURCES)
        .filter(([, source]) => hasSource(source))
        .map(([key]) => key)
        .join(' '),
    ])
    assert.equal(found, want as never)
  })
s('leaves out the calls that are named', () => {
  const [rule] = createRules(config.parse({ exclude: [{ syscalls: ['futex', 'Network', '!socket'] }] }))
  assert.equal(['futex', 'connect', 'socket', 'read'].map(rule!.hasCall), [true, true, false, false])
})
for (const [what, rule, want] of [
  ['a call that is none', { syscalls: ['opn'] }, /opn/],
  ['an id that is too short', { containers: ['abc'] }, /first 8 digits/],
  ['two kinds of sources', { containers: ['aaaaaaaa'], units: ['x.service'] }, /must have one of/],
  ['an unknown key', { calls: ['read'] }, /calls/],
] as const)
  s(`refuses ${what}`, () => {
    const { error } = config.safeParse({ exclude: [rule] })
    assert.match(JSON.stringify(error?.issues), want)
  })
s('refuses more rules than a word has bits', () => {
  assert.ok(config.safeParse({ exclude: Array.from({ length: 31 }, () => ({})) }).success)
  assert.not(config.safeParse({ exclude: Array.from({ length: 32 }, () => ({})) }).success)
})
s.run()
