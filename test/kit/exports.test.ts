import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deadExports } from './exports.ts'

const rules = suite('deadExports')
const files = (texts: Readonly<Record<string, string>>) =>
  deadExports(Object.entries(texts).map(([path, text]) => ({ path, text })))
for (const [name, texts, dead] of [
  ['finds what nobody imports', { 'a/b.ts': 'export const x = 1' }, ['x']],
  ['finds what only its own file uses', { 'a/b.ts': 'export type X = 1\nconst y: X = 1' }, ['X']],
  [
    'takes an import, by another name too',
    { 'a/b.ts': 'export class X {}', 'a/c.ts': "import { type X as Y } from './b.ts'" },
    [],
  ],
  [
    'takes an import when running',
    { 'a/b.ts': 'export function x() {}', 'c.ts': "const { x } = await import('./a/b.ts')" },
    [],
  ],
  [
    'takes one of two names of a file',
    { 'a/b.ts': 'export const x = 1\nexport const y = 1', 'c.ts': "import {\n  y,\n} from './a/b.ts'" },
    ['x'],
  ],
  [
    'does not take the same name of another file',
    { 'a/b.ts': 'export const x = 1', 'c.ts': "import { x } from './a/d.ts'" },
    ['x'],
  ],
  [
    'takes a part that only its test imports',
    { 'a/b.ts': 'export const x = 1\nlet y = x', 'test/b.ts': "import { x } from '../a/b.ts'" },
    [],
  ],
  [
    'finds what only a test uses',
    { 'a/b.ts': '/** x */\nexport const x = 1', 'test/b.ts': "import { x } from '../a/b.ts'" },
    ['x'],
  ],
  [
    'takes what goes through another file',
    {
      'a/b.ts': 'export const x = 1',
      'a/c.ts': "export * from './b.ts'",
      'd.ts': "import { x } from './a/c.ts'",
    },
    [],
  ],
  [
    'finds what is passed on for nobody',
    { 'a/b.ts': 'export const x = 1', 'a/c.ts': "export { x as y } from './b.ts'" },
    ['y'],
  ],
  ['leaves what is only written to a file', { 'a/b.ts': 'write(`\nexport const x = 1`)' }, []],
  ['leaves what is generated', { 'a/generated/b.ts': 'export const x = 1' }, []],
] as const)
  rules(name, () => {
    assert.equal(
      files(texts as never).map(line => / exports (\w+),/.exec(line)![1]),
      dead,
    )
  })
rules.run()
