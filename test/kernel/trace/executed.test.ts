/** The shown arguments of an execve are those that the kernel used, whatever the caller's memory holds before and after. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { HostSessionOptions } from '../../../trace/host.ts'
import { requireBpf } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { workloadPath } from '../kit/workload.ts'
import { TestTracing } from './kit/tracing.ts'

requireBpf()

const folder = mkdtempSync(join(tmpdir(), 'swoll-executed-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
function writeScript(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o755 })
  return path
}
const script = writeScript('script', '#!/bin/sh -e\nexit $1\n')
const interpreter = writeScript('interpreter', '#!/bin/sh\nexit 9\n')
const nested = writeScript('nested', `#!${interpreter} -x\n`)
const own = writeScript('own', `#!/bin/sh ${join(folder, 'own')}\nexit 0\n`)

interface Executed {
  /** The line of each execve and execveat, beginning with the workload's own. */
  readonly lines: string[]
  readonly exitCodes: (number | null)[]
}

/** Runs `exec-given` once for each of the lists of arguments. */
async function execute(
  runs: readonly (readonly string[])[],
  options: HostSessionOptions = {},
): Promise<Executed> {
  await using tracing = new TestTracing({ withTexts: true, descriptors: false, ...options })
  await using cgroup = Cgroup.create()
  const job = tracing.watch(cgroup, { wantsCall: name => name.startsWith('exec') })
  const exitCodes = runs.map(args => {
    const command = [cgroup.path, workloadPath('exec-given'), ...args]
    return spawnSync(workloadPath('enter-cgroup'), command, { env: { A: 'b' } }).status
  })
  const calls = await tracing.callsOf(job)
  assert.is(tracing.lost, 0)
  const isOurs = (text: string) => !text.includes('/exec-given"')
  return { lines: calls.map(({ text }) => text).filter(isOurs), exitCodes }
}

const long = 'y'.repeat(10_000)
const s = suite('an execve is shown')
for (const [name, args, line, exitCode] of [
  [
    'with path and arguments that nobody had touched',
    ['cold', '/bin/true', 'true', 'a "b"'],
    'execve("/bin/true", ["true", "a \\"b\\""], ADDRESS) = 0',
    0,
  ],
  [
    'by another thread than the first',
    ['thread', '/bin/true', 'true', 'x'],
    'execve("/bin/true", ["true", "x"], ADDRESS) = 0',
    0,
  ],
  [
    'of a 32-bit caller',
    ['compat', '/bin/true', 'true', 'x'],
    'execve("/bin/true", ["true", "x"], NULL) = 0',
    0,
  ],
  [
    'with an argument that is longer than a page, and what comes behind it',
    ['cold', '/bin/true', 'true', 'z', `${long.slice(0, 4000)}`, 'end'],
    `execve("/bin/true", ["true", "z", "${'y'.repeat(32)}"..., "end"], ADDRESS) = 0`,
    0,
  ],
  [
    'that fails, with the path that the kernel has read, and addresses of what it has not',
    ['cold', '/nonexistent', 'a', 'b'],
    'execve("/nonexistent", [ADDRESS, ADDRESS], ADDRESS) = -1 ENOENT (No such file or directory)',
    2,
  ],
  [
    'with all arguments but the one that cannot be read',
    ['bad', '/bin/true', 'a', 'c'],
    'execve("/bin/true", ["a", 0xbad0, "c"], ADDRESS) = -1 EFAULT (Bad address)',
    14,
  ],
  ['without a list', ['list', 'null', '/bin/true'], 'execve("/bin/true", NULL, NULL) = 0', 0],
  ['with an empty list', ['list', 'empty', '/bin/true'], 'execve("/bin/true", [], NULL) = 0', 0],
  [
    'of a script, as it was given',
    ['cold', script, 'name', '7', 'x'],
    `execve("${script}", [ADDRESS, "7", "x"], ADDRESS) = 0`,
    7,
  ],
  [
    'of a script whose interpreter is one',
    ['cold', nested, 'name', '7', 'x'],
    `execve("${nested}", [ADDRESS, "7", "x"], ADDRESS) = 0`,
    9,
  ],
  [
    'of a script without arguments',
    ['cold', nested, 'name'],
    `execve("${nested}", [ADDRESS], ADDRESS) = 0`,
    9,
  ],
  [
    'below a folder',
    ['at', '/bin', 'true', 'x', 'y'],
    'execveat(DESCRIPTOR, "true", ["x", "y"], NULL, 0) = 0',
    0,
  ],
  [
    'by a descriptor',
    ['at', '/bin/true', '', 'x', 'y'],
    'execveat(DESCRIPTOR, "", ["x", "y"], NULL, AT_EMPTY_PATH) = 0',
    0,
  ],
  [
    'of a script below a folder',
    ['at', folder, 'script', 'name', '7'],
    'execveat(DESCRIPTOR, "script", ["name", "7"], NULL, 0) = 0',
    7,
  ],
] as const)
  s(name, async () => {
    const { lines, exitCodes } = await execute([args], { stringBytes: 32 })
    const texts = lines.map(text =>
      text.replace(/0x[0-9a-f]{9,}/g, 'ADDRESS').replace(/execveat\(\d+/, 'execveat(DESCRIPTOR'),
    )
    const expected = line.replaceAll(/"([^"]{33,})"/g, (all, text) =>
      text.startsWith('/') ? all : `"${text.slice(0, 32)}"...`,
    )
    assert.equal([texts, exitCodes], [[expected], [exitCode]])
  })
s('of a script that names itself to its interpreter, with nothing left out', async () => {
  const { lines } = await execute([['cold', own, 'name', 'x']])
  assert.match(lines[0]!, /, "x"\]/)
})
s('with the environment that the program got', async () => {
  const { lines } = await execute([['cold', '/bin/true', 'true']], { environments: true })
  assert.match(lines[0]!, /\["true"\], \["A=b"\]\) = 0$/)
})
s.run()

const race = suite('an execve whose memory another thread changes')
for (const [name, args] of [
  ['is shown with the argument that the program got', ['changing', '/bin/sh', 'sh', '-c', 'exit $0', 'x']],
  ['of a script too', ['changing', script, 'name', 'x']],
] as const)
  race(name, async () => {
    const { lines, exitCodes } = await execute(Array.from({ length: 41 }, () => args))
    const shown = lines.map(line => /"(\d)"\], /.exec(line)?.[1])
    assert.equal(shown.map(Number), exitCodes)
    assert.is(new Set(exitCodes).size, 2, 'the thread did change it')
  })
race('is shown with the path that was run', async () => {
  writeScript('run-0', '#!/bin/sh\nexit 0\n')
  writeScript('run-1', '#!/bin/sh\nexit 1\n')
  // The path is the last argument too, so that it is the one that changes.
  const path = join(folder, 'run-x')
  const { lines, exitCodes } = await execute(Array.from({ length: 41 }, () => ['changing', path]))
  assert.equal(
    lines.map(line => Number(/run-(\d)/.exec(line)?.[1])),
    exitCodes,
  )
})
race.run()
