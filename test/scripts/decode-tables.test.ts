/** The generators of what calls take: parameters, constants and ioctl commands. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parametersOf } from '../../syscalls/decode/signatures.ts'

const GENERATORS = ['generate-signatures.ts', 'generate-constants.ts', 'generate-ioctls.ts']
const run = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, [join('scripts', script), ...args], { encoding: 'utf8' })

const s = suite('generators of the decoder')
for (const script of GENERATORS) {
  s(`${script} asks for its sources`, () => {
    const { status, stderr } = run(script)
    assert.is(status, 2)
    assert.is(stderr, `usage: ${script} --sources FOLDER [--check]\n`)
  })
  s(`${script} refuses a folder without headers`, () =>
    assert.is(run(script, '--check', '--sources', '/nonexistent').status, 2),
  )
}

s('generate-signatures.ts names a call that no header has a prototype of', () => {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-headers-'))
  try {
    const include = join(folder, 'usr/src/linux-headers-1-common/include')
    for (const part of ['linux', 'asm-generic']) {
      mkdirSync(join(include, part), { recursive: true })
      writeFileSync(join(include, part, 'syscalls.h'), 'asmlinkage long sys_close(unsigned int fd);\n')
    }
    writeFileSync(join(folder, 'VERSIONS'), 'mini=1')
    const { status, stderr } = run('generate-signatures.ts', '--check', '--sources', folder)
    assert.is(status, 2)
    assert.match(stderr, /^\w+: no prototype; add it to scripts\/signatures\/by-hand\.ts/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

// SWOLL_KERNEL_HEADERS: what scripts/fetch-kernel-headers.sh unpacked.
const sources = process.env.SWOLL_KERNEL_HEADERS
if (sources !== undefined) {
  for (const script of GENERATORS)
    s(`${script} would change nothing`, () => {
      const { status, stderr } = run(script, '--check', '--sources', sources)
      assert.is(status, 0, stderr)
    })
}

/** The running kernel's description of its calls, if it shows it. */
const EVENTS = '/sys/kernel/tracing/events/syscalls'
/** Calls that the kernel names by their function, and calls that grow from kernel to kernel. */
const OTHERWISE = new Set(['newstat', 'newlstat', 'newfstat', 'newuname', 'umount', 'sendfile64', 'bpf'])
function readEvents(): string[] {
  try {
    return process.arch === 'x64' ? readdirSync(EVENTS).filter(name => name.startsWith('sys_enter_')) : []
  } catch {
    return []
  }
}
const events = readEvents()
if (events.length > 0) {
  s('parameters are as many as the running kernel says', () => {
    const wrong = events.flatMap(event => {
      const name = event.slice('sys_enter_'.length)
      const known = parametersOf('x86_64', name)
      if (known === undefined || OTHERWISE.has(name)) return []
      const format = readFileSync(join(EVENTS, event, 'format'), 'utf8')
      const wanted = [...format.matchAll(/field:.*?(\w+);\toffset:(\d+);/g)].filter(
        ([, , offset]) => Number(offset) >= 16,
      )
      return wanted.length === known.length ? [] : [`${name}: ${known.length}, kernel ${wanted.length}`]
    })
    assert.equal(wrong, [])
  })
}
s.run()
