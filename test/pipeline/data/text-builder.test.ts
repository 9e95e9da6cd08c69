import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TextBuilder } from '../../../pipeline/data/text-builder.ts'

/** The rows of what the builder takes. */
function texts(builder: TextBuilder): string[] {
  const { bytes, first } = builder.take()
  return Array.from({ length: first.length - 1 }, (_, row) =>
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(first[row], first[row + 1]),
    ),
  )
}

const s = suite('TextBuilder')
for (const [name, text, want = text] of [
  ['nothing', ''],
  ['ASCII', 'openat'],
  ['what takes two, three and four bytes', 'é € 𝄞'],
  ['a control character', 'a\u0000\nb'],
  ['a byte order mark', '\ufeffx'],
  ['a lone surrogate, replaced', 'a\ud800b', 'a\ufffdb'],
] as const) {
  s(`keeps ${name}`, () => {
    const builder = new TextBuilder(1, 0)
    builder.add(text)
    builder.add('|')
    assert.equal(texts(builder), [want, '|'])
  })
}
s('keeps ASCII that comes between other rows, however much there is', () => {
  const builder = new TextBuilder(1, 0)
  const want: string[] = []
  for (let i = 0; i < 5000; i++) {
    want.push(`ascii ${i}`, i % 100 === 0 ? `é${i}` : '')
    builder.addAscii(`ascii ${i}`)
    builder.add(want.at(-1)!)
  }
  for (let i = 0; i < 5000; i++) builder.addAscii(`${i}`)
  assert.equal(texts(builder), [...want, ...Array.from({ length: 5000 }, (_, i) => `${i}`)])
  builder.addAscii('again')
  assert.equal(texts(builder), ['again'])
})
s('grows as needed, and begins again after take', () => {
  const builder = new TextBuilder(2, 3)
  const many = Array.from({ length: 1000 }, (_, i) => `row ${i} é`)
  for (const text of many) builder.add(text)
  assert.is(builder.rows, 1000)
  const column = builder.take()
  assert.is(column.first.length, 1001)
  assert.is(column.bytes.length, column.first[1000])
  assert.is(column.bytes.buffer.byteLength, column.bytes.length, 'holds no more memory than it needs')
  assert.is(builder.rows, 0)
  builder.add('next')
  assert.equal(texts(builder), ['next'])
  assert.is(Buffer.from(column.bytes).toString(), many.join(''), 'what was taken stays as it is')
})
s('a column without rows', () => {
  assert.equal(texts(new TextBuilder()), [])
})
s.run()
