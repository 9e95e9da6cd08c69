/** The memory limit of a process's cgroup, from made files of both versions, in a container's view of them and in the host's. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readMemoryLimit } from '../../../pipeline/cgroups/memory-limit.ts'
import { Scratch } from '../../kit/cli.ts'

const NO_LIMIT = '9223372036854771712'
const V1 = (at: string) => `30 25 0:26 / ${at} rw - cgroup cgroup rw,memory`
const V2 = (at: string) => `31 25 0:27 / ${at} rw - cgroup2 cgroup2 rw`

interface Machine {
  /** Lines of mountinfo, of mounts below the folder that is given. */
  readonly mounts: (folder: string) => readonly string[]
  readonly cgroup: string
  readonly files: Readonly<Record<string, string>>
}

/** The limit and the cgroup below the made folder. */
function read({ mounts, cgroup, files }: Machine) {
  using scratch = new Scratch()
  const write = (path: string, text: string) => {
    mkdirSync(join(scratch.path, path, '..'), { recursive: true })
    writeFileSync(join(scratch.path, path), text)
  }
  write('proc/self/mountinfo', `${mounts(scratch.path).join('\n')}\n`)
  write('proc/self/cgroup', `${cgroup}\n`)
  for (const [path, text] of Object.entries(files)) write(path, text)
  const limit = readMemoryLimit({ process: 'self', proc: join(scratch.path, 'proc') })
  return limit && [limit.cgroup.slice(scratch.path.length), limit.bytes]
}

const s = suite('readMemoryLimit')
const ROWS: readonly (readonly [name: string, Machine, want: readonly [string, number] | undefined])[] = [
  [
    'v2: its own limit',
    {
      mounts: folder => [V2(`${folder}/sys`)],
      cgroup: '0::/pod/box',
      files: { 'sys/pod/box/memory.max': '134217728\n', 'sys/pod/memory.max': 'max\n' },
    },
    ['/sys/pod/box', 134_217_728],
  ],
  [
    'v2: that of a cgroup above it, which is tighter',
    {
      mounts: folder => [V2(`${folder}/sys`)],
      cgroup: '0::/pod/box',
      files: { 'sys/pod/box/memory.max': '200\n', 'sys/pod/memory.max': '100\n' },
    },
    ['/sys/pod', 100],
  ],
  [
    'v2: none',
    {
      mounts: folder => [V2(`${folder}/sys`)],
      cgroup: '0::/pod',
      files: { 'sys/pod/memory.max': 'max\n' },
    },
    undefined,
  ],
  [
    'v2: in a container without a namespace of its own, whose mount is its cgroup',
    {
      mounts: folder => [V2(`${folder}/sys`)],
      cgroup: '0::/kubepods/pod1/box',
      files: { 'sys/memory.max': '300\n' },
    },
    ['/sys', 300],
  ],
  [
    'v1: its own limit, beside a v2 hierarchy without the controller',
    {
      mounts: folder => [V2(`${folder}/unified`), V1(`${folder}/memory`)],
      cgroup: '4:memory:/docker/box\n1:cpu:/other\n0::/somewhere',
      files: {
        'memory/docker/box/memory.limit_in_bytes': '134217728\n',
        'memory/memory.limit_in_bytes': `${NO_LIMIT}\n`,
      },
    },
    ['/memory/docker/box', 134_217_728],
  ],
  [
    'v1: none',
    {
      mounts: folder => [V1(`${folder}/memory`)],
      cgroup: '4:memory:/',
      files: { 'memory/memory.limit_in_bytes': `${NO_LIMIT}\n` },
    },
    undefined,
  ],
  ['no cgroups at all', { mounts: () => [], cgroup: '', files: {} }, undefined],
]
for (const [name, machine, want] of ROWS) s(name, () => assert.equal(read(machine), want))
s('is none where there is no /proc', () =>
  assert.is(readMemoryLimit({ process: 'self', proc: '/nowhere' }), undefined),
)
s.run()
