import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fragments, mergeFragments, toFragments } from '../../otlp/fragments.ts'
import { seeded } from '../kit/random.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const column = (codes: readonly number[], texts: readonly string[]) =>
  toFragments(Uint16Array.from(codes), texts.map(bytes))

/** Returns the bytes that a writer would copy for each row. */
const read = (columns: readonly Fragments[], rows: number) =>
  Array.from({ length: rows }, (_, row) =>
    columns
      .map(({ codes, bounds, bytes: all }) =>
        Buffer.from(all.subarray(bounds[codes[row]!], bounds[codes[row]! + 1])).toString(),
      )
      .join(''),
  )

const one = suite('toFragments')
one('has the bytes of each code, and room around them', () => {
  const it = column([2, 0, 1], ['a', '', 'ccc'])
  assert.equal(read([it], 3), ['ccc', 'a', ''])
  assert.is(it.longest, 3)
  assert.ok(it.bounds[0]! >= 8 && it.bytes.length - it.bounds[3]! >= 8)
})
one.run()

const merge = suite('mergeFragments')
merge('makes one column of those whose values come together', () => {
  const rows = 64
  const call = Array.from({ length: rows }, (_, row) => row % 4)
  const kinds = call.map(code => code >> 1)
  const before = [column(call, ['a', 'b', 'c', 'd']), column(kinds, ['X', 'Y'])]
  const merged = mergeFragments(before, rows)
  assert.is(merged.length, 1)
  assert.is(merged[0]!.bounds.length - 1, 4, 'only pairs that occur')
  assert.equal(read(merged, rows), read(before, rows))
})
merge('keeps apart what hardly ever comes together', () => {
  const random = seeded(1)
  const rows = 200
  const codes = () => Array.from({ length: rows }, () => Math.floor(random() * 50))
  const texts = Array.from({ length: 50 }, (_, i) => `v${i}`)
  const before = [column(codes(), texts), column(codes(), texts)]
  assert.is(mergeFragments(before, rows).length, 2)
})
merge('merges past a column that does not fit', () => {
  const rows = 400
  const unique = Array.from({ length: rows }, (_, row) => row)
  const few = unique.map(row => row % 3)
  const texts = unique.map(row => `u${row}`)
  const before = [column(few, ['a', 'b', 'c']), column(unique, texts), column(few, ['A', 'B', 'C'])]
  const merged = mergeFragments(before, rows)
  assert.is(merged.length, 2)
  assert.equal(
    read(merged, rows),
    few.map((code, row) => `${'abc'[code]}${'ABC'[code]}u${row}`),
  )
})
merge('has nothing to do for no columns, one column or no rows', () => {
  const it = column([0], ['a'])
  assert.equal(mergeFragments([], 5), [])
  assert.equal(mergeFragments([it], 1), [it])
  assert.is(read(mergeFragments([column([], ['a']), column([], ['b'])], 0), 0).length, 0)
})
merge('random columns keep their bytes', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed)
    const rows = Math.floor(random() * 300)
    const columns = Array.from({ length: 6 }, (_, c) => {
      const size = 1 + Math.floor(random() * 12)
      const codes = Array.from({ length: rows }, () => Math.floor(random() * size))
      return column(
        codes,
        Array.from({ length: size }, (_, i) => (i === 0 ? '' : `<${c}.${i}>`)),
      )
    })
    const sorted = (all: string[]) =>
      all.map(
        text =>
          text
            .match(/<[^>]*>/g)
            ?.sort()
            .join('') ?? '',
      )
    assert.equal(sorted(read(mergeFragments(columns, rows), rows)), sorted(read(columns, rows)))
  }
})
merge.run()
