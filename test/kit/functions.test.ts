/** Where functions begin and end in sources as Biome and clang-format lay them out. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { longFunctions } from './functions.ts'

const body = (lines: number, indent = '  ') => `${indent}run()\n`.repeat(lines)

const s = suite('longFunctions')
for (const [name, path, text, want] of [
  ['a function', 'a.ts', `export async function f(): Promise<void> {\n${body(3)}}\n`, [5]],
  [
    'one whose parameters have lines of their own',
    'a.ts',
    `function f(\n  a: A,\n): B {\n${body(3)}}\n`,
    [7],
  ],
  ['a method', 'a.ts', `class A {\n  async #run(a: number): Promise<void> {\n${body(3)}  }\n}\n`, [5]],
  [
    'a function within another, and both',
    'a.ts',
    `function f() {\n  const g = () => {\n${body(3)}  }\n${body(1)}}\n`,
    [8, 5],
  ],
  ['no condition, though it has as many lines', 'a.ts', `if (\n  a &&\n  b\n) {\n${body(3)}}\n`, []],
  ['no short one', 'a.ts', `function f() {\n${body(2)}}\n`, []],
  ['a function in C', 'a.c', `/* Runs. */\nstatic int f(int a)\n{\n${body(3, '\t')}}\n`, [6]],
  ['a BPF program', 'a.bpf.h', `SEC("tp_btf/a")\nint BPF_PROG(f, int a)\n{\n${body(3, '\t')}}\n`, [7]],
  ['no struct in C', 'a.h', `struct a {\n${'\tint b;\n'.repeat(5)}};\n`, []],
] as const)
  s(`finds ${name}`, () => {
    assert.equal(
      longFunctions([{ path, text }], 4).map(({ lines }) => lines),
      want,
    )
  })
s.run()
