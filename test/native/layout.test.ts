/** A layout that is not that of the headers is found: by the generator's check, and by what it compares. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksCommand, requireAll } from '../kit/skip.ts'

requireAll(...['bpftool', 'clang', 'make'].map(lacksCommand))

const PATH = `${process.env.PATH}:/usr/sbin:/sbin` // where Debian has bpftool
const HEADER = 'bpf/accounting.h'
const LAYOUT = 'native/generated/layout.ts'
const TRACE_LAYOUT = 'native/generated/trace-layout.ts'

/** A copy of the parts that the layout is made of, in which one of them may be changed. */
class Copy implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'swoll-layout-'))

  constructor() {
    const sources = [
      'accounting.h',
      'layout.bpf.c',
      'trace.h',
      'trace-layout.bpf.c',
      'reasons.h',
      'reasons.json',
    ]
    const parts = [...sources, 'Makefile'].map(name => `bpf/${name}`)
    for (const path of [...parts, 'scripts/generate-layout.ts', LAYOUT, TRACE_LAYOUT])
      cpSync(path, join(this.#folder, path))
  }

  change(path: string, from: string, to: string): void {
    const text = readFileSync(join(this.#folder, path), 'utf8')
    assert.ok(text.includes(from), `${path} should have ${from}`)
    writeFileSync(join(this.#folder, path), text.replace(from, to))
  }

  /** Compiles the types. */
  build(): { readonly status: number | null; readonly stderr: string } {
    return this.#run('make', '--silent', '-C', 'bpf', 'build/layout.bpf.o', 'build/trace-layout.bpf.o')
  }

  /** Runs the generator; returns its messages and exit code. */
  generate(...options: string[]): { readonly status: number | null; readonly stderr: string } {
    return this.#run(process.execPath, 'scripts/generate-layout.ts', ...options)
  }

  #run(command: string, ...args: string[]) {
    return spawnSync(command, args, { cwd: this.#folder, encoding: 'utf8', env: { ...process.env, PATH } })
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }
}

const differs = (path: string) => `${path}: differs from its sources; run make -C bpf layout\n`

const check = suite('generate-layout --check')
check('passes an untouched copy', () => {
  using copy = new Copy()
  assert.is(copy.build().status, 0)
  assert.equal(copy.generate('--check').status, 0)
})
for (const [name, path, from, to, want] of [
  [
    'a constant of the header',
    HEADER,
    '#define SWOLL_SPILLED_NUMBERS 512',
    '#define SWOLL_SPILLED_NUMBERS 256',
    LAYOUT,
  ],
  ['the order of two fields', HEADER, '__u64 calls;\n\t__u64 ns;', '__u64 ns;\n\t__u64 calls;', LAYOUT],
  ['a size in the generated file', LAYOUT, 'size: 832', 'size: 840', LAYOUT],
  [
    'the text of a reason',
    'bpf/reasons.json',
    'the ring buffer was full',
    'the ring was full',
    'bpf/reasons.h',
  ],
  ['a number in the generated header', 'bpf/reasons.h', 'EXIT_MISSED 4', 'EXIT_MISSED 5', 'bpf/reasons.h'],
] as const)
  check(`finds ${name} changed`, () => {
    using copy = new Copy()
    copy.change(path, from, to)
    assert.is(copy.build().status, 0)
    const { status, stderr } = copy.generate('--check')
    assert.is(status, 1)
    assert.ok(stderr.includes(differs(want)), stderr)
  })
check('passes again once the files are written anew', () => {
  using copy = new Copy()
  copy.change(HEADER, '#define SWOLL_SPILLED_NUMBERS 512', '#define SWOLL_SPILLED_NUMBERS 256')
  assert.is(copy.build().status, 0)
  assert.equal([copy.generate().status, copy.generate('--check').status], [0, 0])
})
check.run()

const types = suite('layout.bpf.c')
types('does not compile with a hidden byte in a shared type', () => {
  using copy = new Copy()
  copy.change(HEADER, '\t__u32 slot;\n\t__u32 pad;\n', '\t__u32 slot;\n')
  const { status, stderr } = copy.build()
  assert.is.not(status, 0)
  assert.match(stderr, /padding size of 'struct swoll_record_call'/)
})
types.run()
