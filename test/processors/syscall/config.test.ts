import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../processors/syscall/config.ts'

const s = suite('config')

s('keeps every attribute and every call by default', () => {
  assert.equal(config.parse({}), { attributes: ['name', 'class', 'group', 'errno', 'outcome', 'abi'] })
})

s('takes names with and without the prefix, unknown numbers, aliases, ids and patterns', () => {
  const written = {
    syscalls: ['openat', 'sys_openat', 'syscall_0x3e7', 'sys_syscall_0xffffffffffffffff', 'socketcall'],
    classes: ['Network', 'Other'],
    groups: ['Sockets', 'Unclassified', 'PrivlidgedFileSystem', 'PrivilegedFileSystem'],
    containers: ['0123456789ab', 'nginx'],
    units: ['ssh.service', 'user@*.service'],
  }
  assert.equal(config.parse({ include: written }).include, written)
  assert.equal(config.parse({ exclude: { classes: ['IPC'] } }).exclude, {
    syscalls: [],
    classes: ['IPC'],
    groups: [],
    containers: [],
    units: [],
  })
})

s('takes an exclude that leaves something', () => {
  const bind = { syscalls: ['bind'] }
  for (const exclude of [{ groups: ['Pipes'] }, { groups: ['Sockets'], units: ['ssh'] }])
    assert.ok(config.safeParse({ include: bind, exclude }).success)
  assert.ok(config.safeParse({ exclude: { classes: ['Network'] } }).success)
})

const NOTHING = 'must name something in at least one of syscalls, classes, groups, containers, units'
const DROPS_ALL = 'must leave some of the calls that include names, and drops them all'
const bad: readonly (readonly [string, unknown, string, string | RegExp])[] = [
  [
    'a unit that cannot be one',
    { include: { units: ['/'] } },
    'include.units.0',
    'must be a systemd unit such as "ssh.service", or a pattern such as "user@*.service", got "/" (string)',
  ],
  [
    'a container that cannot be one',
    { exclude: { containers: ['a b'] } },
    'exclude.containers.0',
    'must be the name of a container in its pod, or the first 8 digits of an id or more, got "a b" (string)',
  ],
  [
    'an exclude of all that include names',
    { include: { syscalls: ['bind'] }, exclude: { groups: ['Sockets'] } },
    'exclude',
    DROPS_ALL,
  ],
  [
    'an exclude of a number that include names',
    { include: { syscalls: ['syscall_0x7'] }, exclude: { classes: ['Other'] } },
    'exclude',
    DROPS_ALL,
  ],
  [
    'a misspelt call',
    { include: { syscalls: ['close', 'opneat'] } },
    'include.syscalls.1',
    'must be a system call such as "openat", got "opneat" (string); did you mean "openat"?',
  ],
  [
    'a misspelt call with prefix',
    { exclude: { syscalls: ['sys_raed'] } },
    'exclude.syscalls.0',
    'must be a system call such as "openat", got "sys_raed" (string); did you mean "read"?',
  ],
  [
    'a call like no other',
    { include: { syscalls: ['frobnicate'] } },
    'include.syscalls.0',
    'must be a system call such as "openat", got "frobnicate" (string)',
  ],
  [
    'a class in the wrong case',
    { include: { classes: ['network'] } },
    'include.classes.0',
    'must be a class of system calls, got "network" (string); did you mean "Network"?',
  ],
  [
    'a misspelt group',
    { include: { groups: ['Socket'] } },
    'include.groups.0',
    'must be a group of system calls, got "Socket" (string); did you mean "Sockets"?',
  ],
  ['an empty container', { include: { containers: [''] } }, 'include.containers.0', 'must not be empty'],
  ['an empty unit', { include: { units: [''] } }, 'include.units.0', 'must not be empty'],
  ['an include of nothing', { include: {} }, 'include', NOTHING],
  ['an exclude of nothing', { exclude: { syscalls: [] } }, 'exclude', NOTHING],
  ['an unknown key', { includes: {} }, '', /includes/],
  ['an unknown key inside', { include: { syscall: ['read'] } }, 'include', /syscall/],
  ['an unknown attribute', { attributes: ['name', 'err'] }, 'attributes.1', /"errno"/],
  ['a call that is not a list', { include: { syscalls: 'read' } }, 'include.syscalls', /array/],
]
for (const [name, input, path, message] of bad)
  s(`refuses ${name}`, () => {
    const issues = config.safeParse(input).error?.issues ?? []
    assert.is(issues.length, 1, JSON.stringify(issues))
    assert.is(issues[0]!.path.join('.'), path)
    if (typeof message === 'string') assert.is(issues[0]!.message, message)
    else assert.match(issues[0]!.message, message)
  })

s('reports every wrong name, not the first', () => {
  const { error } = config.safeParse({
    include: { syscalls: ['x'], classes: ['y'] },
    exclude: { groups: ['z'] },
  })
  assert.is(error?.issues.length, 3)
})
s.run()
