import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toSvg } from './terminal-picture.ts'

const s = suite('toSvg')
for (const [name, screen, want] of [
  ['puts text at its column, as text', 'a\u001b[32m<b>\u001b[39m&', /x="20" .*fill="#56d364".*>&lt;b&gt;</],
  ['keeps a style until it ends, over lines too', '\u001b[31ma\nb', /y="43".*fill="#ff7b72".*>b</],
  ['begins anew at 0', '\u001b[1;31ma\u001b[0mb', /x="20" .*fill="#d7dce2" xml:space.*>b</],
  ['draws the ground of reversed text', '\u001b[7m x\u001b[27m', /<rect x="12" .*width="16".*fill="#14181d"/],
] as const)
  s(name, () => assert.match(toSvg({ title: 'x', screen, columns: 10 }), want))
s('refuses what moves the cursor', () =>
  assert.throws(() => toSvg({ title: 'x', screen: '\u001b[2Ja', columns: 10 }), /must be text or a style/),
)
s.run()
