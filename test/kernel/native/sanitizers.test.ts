/** The tests of the addon, on a build of it with AddressSanitizer and UBSan, in a copy of the tree that leaves the normal build as it is. */
// Beside others: it does not mind, nor do they.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Lack, lacksBpf, lacksCommand, requireAll } from '../../kit/skip.ts'

const ADDON = resolve('native/build/asan/swoll.node')
const COPIED = [
  'native/generated',
  'pipeline',
  'kubernetes',
  'syscalls',
  'kernel',
  'trace',
  'otlp',
  'receiver',
  'test/kit',
  'test/run.ts',
]
const LINKED = ['node_modules', 'bpf', 'package.json']
/** Test files that do not use the addon, or that start this file again. */
const LEFT_OUT = /layout|sanitizers/

/** Path of a library that the compiler brings. */
function libraryPath(name: string): string {
  return execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim()
}

function lacksLibrary(name: string): Lack {
  const path = libraryPath(name)
  return isAbsolute(path) && existsSync(path) ? undefined : `needs ${name} of g++`
}

requireAll(lacksBpf(), ...['g++', 'make', 'clang'].map(lacksCommand))
requireAll(lacksLibrary('libasan.so'), lacksLibrary('libubsan.so'))

/** A tree whose addon is the one with sanitizers. */
class Copy implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'swoll-asan-'))
  readonly tests = globSync('test/{native,kernel/native}/*.test.ts').filter(path => !LEFT_OUT.test(path))

  constructor() {
    const isSource = (path: string) => !path.split('/').includes('build')
    const parts = [
      ...COPIED,
      ...globSync('native/*.ts'),
      ...this.tests,
      ...globSync('test/kernel/native/{probe.ts,bpf}'),
    ]
    for (const path of parts) cpSync(path, join(this.#folder, path), { recursive: true, filter: isSource })
    for (const path of LINKED) symlinkSync(resolve(path), join(this.#folder, path))
    mkdirSync(join(this.#folder, 'native/build'))
    symlinkSync(ADDON, join(this.#folder, 'native/build/swoll.node'))
  }

  run(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.#folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        LD_PRELOAD: libraryPath('libasan.so'),
        // Node gives much of its memory back by ending.
        ASAN_OPTIONS: 'detect_leaks=0',
      },
    })
    return { status, output: `${stdout}${stderr}` }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }
}

execFileSync('make', ['--silent', '-C', 'native', 'asan'], { stdio: ['ignore', 'inherit', 'inherit'] })

const s = suite('sanitizers')
s('find a copy beyond the end of its memory', () => {
  using copy = new Copy()
  const source = `
    const { copyTable } = require('./native/build/swoll.node')
    copyTable(new ArrayBuffer(832), new ArrayBuffer(832), 2)`
  const { status, output } = copy.run('-e', source)
  assert.is.not(status, 0)
  assert.match(output, /AddressSanitizer: heap-buffer-overflow/)
})
s('find nothing in the tests of the addon', () => {
  using copy = new Copy()
  const { status, output } = copy.run('test/run.ts', '--jobs', '2', ...copy.tests)
  assert.is(status, 0, output)
  assert.match(output, /^\d{2,} passed, 0 failed, \d+ skipped$/m)
})
s.run()
