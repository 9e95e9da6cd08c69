import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

interface Problem {
  readonly message: string
  readonly fix: string
}
interface Host {
  readonly kernel: string
  readonly hasTypes: boolean
  readonly status: string
  readonly isRoot: boolean
}
/** Plain JavaScript: set-up runs before anything else is installed. */
const { hostProblems, platformProblems } = (await import(
  join(import.meta.dirname, '../../../scripts/setup/host.mjs')
)) as {
  hostProblems(host: Host): readonly Problem[]
  platformProblems(process: object): readonly Problem[]
}

const capabilities = (...bits: readonly bigint[]) =>
  `Name:\tnode\nCapEff:\t${bits
    .reduce((mask, bit) => mask | (1n << bit), 0n)
    .toString(16)
    .padStart(16, '0')}\n`
const BOTH = capabilities(39n, 38n)
const good: Host = { kernel: '6.1.0-35-amd64', hasTypes: true, status: BOTH, isRoot: false }

const host = suite('hostProblems')
const rows: readonly (readonly [string, Partial<Host>, RegExp | undefined, RegExp?])[] = [
  ['nothing is missing', {}, undefined],
  ['the oldest kernel', { kernel: '5.15.0' }, undefined],
  [
    'a kernel below it',
    { kernel: '5.14.21-150500-default' },
    /must be 5\.15 or later, this is 5\.14\.21/,
    /boot a later/,
  ],
  ['a kernel far below it', { kernel: '4.18.0' }, /must be 5\.15 or later/],
  ['the first of a later series', { kernel: '6.0-rc1' }, undefined],
  ['no types', { hasTypes: false }, /\/sys\/kernel\/btf\/vmlinux/, /CONFIG_DEBUG_INFO_BTF=y/],
  ['CAP_SYS_ADMIN, which has them all', { status: capabilities(21n) }, undefined],
  [
    'no capability',
    { status: capabilities() },
    /this user lacks CAP_BPF and CAP_PERFMON$/,
    /^sudo env "PATH=\$PATH" npm start$/,
  ],
  ['one of the two', { status: capabilities(39n) }, /this user lacks CAP_PERFMON$/],
  [
    'root in a container',
    { status: capabilities(0n), isRoot: true },
    /root here lacks/,
    /--cap-add BPF --cap-add PERFMON/,
  ],
]
for (const [name, difference, message, fix = /./] of rows)
  host(name, () => {
    const problems = hostProblems({ ...good, ...difference })
    assert.is(problems.length, message === undefined ? 0 : 1)
    if (message === undefined) return
    assert.match(problems[0]!.message, message)
    assert.match(problems[0]!.fix, fix)
  })
host('says all that is missing', () => {
  const all = { kernel: '4.4.0', hasTypes: false, status: capabilities(), isRoot: false }
  assert.is(hostProblems(all).length, 3)
})
host.run()

const platform = suite('platformProblems')
for (const [name, of, message] of [
  ['x86-64', { platform: 'linux', arch: 'x64', versions: { node: '20.0.0' } }, undefined],
  ['arm64', { platform: 'linux', arch: 'arm64', versions: { node: '26.1.0' } }, undefined],
  [
    'another system',
    { platform: 'darwin', arch: 'arm64', versions: { node: '24.0.0' } },
    /this is darwin-arm64/,
  ],
  [
    'an old Node',
    { platform: 'linux', arch: 'x64', versions: { node: '18.20.4' } },
    /Node 20 or later, this is v18/,
  ],
] as const)
  platform(name, () => {
    const problems = platformProblems(of)
    assert.is(problems.length, message === undefined ? 0 : 1)
    if (message !== undefined) assert.match(problems[0]!.message, message)
  })
platform.run()
