import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judge } from './judge.ts'
import { runFile } from './run-file.ts'

delete process.env.REQUIRE_BPF // the fixtures inherit it
type Row = readonly [file: string, want: string, problem?: RegExp]

async function verdictOn(file: string, limitMs = 20_000): Promise<{ line: string; problems: string }> {
  const verdict = judge(await runFile(`test/fixtures/run/${file}.test.ts`, limitMs))
  const { passed, failed, skipped } = verdict
  return { line: `${passed}/${failed}/${skipped}`, problems: verdict.problems.join('; ') }
}

const judged = suite('judge (passed/failed/skipped)')
const rows: readonly Row[] = [
  ['passes', '2/0/0'],
  ['fails', '1/1/0'],
  ['throws-null', '0/1/0', /threw something that is no Error/],
  ['throwing-before', '0/2/0', /a hook failed/],
  ['throwing-after', '0/1/0', /no suite reported/],
  ['throwing-before.each', '0/2/0'],
  ['throwing-after.each', '0/2/0', /a hook failed/],
  ['no-run', '0/1/0', /never calls \.run\(\)/],
  ['one-suite-not-run', '1/1/0', /no t\.run\(\)/],
  ['empty', '0/1/0', /ran no test/],
  ['only', '1/1/1', /contains \.only\(/],
  ['throws-at-import', '0/1/0', /no suite reported/],
  ['exits-early', '0/1/0', /no suite reported/],
  ['skips-file', '0/0/1'],
  ['skips-one', '1/0/1'],
  ['skips-silently', '1/1/1', /without a reason/],
]
for (const [file, line, problem] of rows)
  judged(file, async () => {
    const verdict = await verdictOn(file)
    assert.is(verdict.line, line)
    if (problem === undefined) assert.is(verdict.problems, '')
    else assert.match(verdict.problems, problem)
  })

judged('kills a file that hangs', async () => {
  const verdict = await verdictOn('hangs', 1_500)
  assert.is(verdict.line, '0/1/0')
  assert.match(verdict.problems, /ran past the time limit/)
})

judged('lets nothing be skipped under REQUIRE_BPF=1', async () => {
  process.env.REQUIRE_BPF = '1'
  try {
    assert.is((await verdictOn('skips-file')).line, '0/1/0')
    assert.is((await verdictOn('skips-one')).line, '1/1/0')
  } finally {
    delete process.env.REQUIRE_BPF
  }
})
judged.run()
