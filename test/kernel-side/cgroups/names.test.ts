import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toText } from '../../../kernel/cgroups/names.ts'
import { seeded } from '../../kit/random.ts'
import { toRaw } from '../../receiver/ebpf/state/cgroup-records.ts'

const s = suite('toText')
for (const [name, raw, want] of [
  ['ASCII as it is', '/a b\\x2d{"}', '/a b\\x2d{"}'],
  ['UTF-8 as it is', toRaw('/pöd/日本/😀'), '/pöd/日本/😀'],
  ['a byte that is no UTF-8', '/fm-\xff', '/fm-\ufffdff'],
  ['a sequence that is cut', '/\xe6\x97', '/\ufffde6\ufffd97'],
  ['a sequence that is longer than needed', '\xc0\xaf', '\ufffdc0\ufffdaf'],
  ['half of a surrogate pair', '\xed\xa0\x80', '\ufffded\ufffda0\ufffd80'],
  ['beyond Unicode', '\xf5\x80', '\ufffdf5\ufffd80'],
  ['U+FFFD itself, so that nothing else looks like it', toRaw('\ufffdff'), '\ufffdef\ufffdbf\ufffdbdff'],
  ['a mix', `${toRaw('é')}\xff${toRaw('é')}`, 'é\ufffdffé'],
] as const)
  s(`shows ${name}`, () => assert.is(toText(raw), want))
s('gives different names different texts, all of them valid', () => {
  const random = seeded(7)
  const seen = new Map<string, string>()
  for (let n = 0; n < 50_000; n++) {
    const bytes = Array.from(
      { length: 1 + Math.floor(random() * 4) },
      () => 0x7e + Math.floor(random() * 0x82),
    )
    const raw = String.fromCharCode(...bytes.map(byte => (byte > 0xff ? 0xef : byte)))
    const text = toText(raw)
    assert.is(seen.get(text) ?? raw, raw)
    assert.ok(text.isWellFormed())
    seen.set(text, raw)
  }
})
s.run()
