import { globSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { disturb, type File, readNeeds, Turns } from './turns.ts'

const NONE = { isAlone: false, isLong: false, own: [], shared: [] }

const read = suite('readNeeds')
for (const [source, want] of [
  ['const a = 1\n', {}],
  ['/** x */\n// Alone: it counts all programs.\n', { isAlone: true }],
  ['// Takes minutes.\n// Has for itself: dist.\n', { isLong: true, own: ['dist'] }],
  ['// Has for itself: dist, pods (those of the whole machine, and more).\n', { own: ['dist', 'pods'] }],
  ['// Shares: pods.\n', { shared: ['pods'] }],
  ['  // Alone: not at the beginning of a line\nconst s = "// Shares: pods."\n', {}],
] as const)
  read(JSON.stringify(source), () => assert.equal(readNeeds(source), { ...NONE, ...want }))
read.run()

const both = suite('disturb')
for (const [a, b, want] of [
  [{}, {}, false],
  [{ isAlone: true }, {}, true],
  [{ own: ['pods'] }, {}, false],
  [{ own: ['pods'] }, { own: ['dist'] }, false],
  [{ own: ['pods'] }, { own: ['dist', 'pods'] }, true],
  [{ own: ['pods'] }, { shared: ['pods'] }, true],
  [{ shared: ['pods'] }, { shared: ['pods'] }, false],
] as const)
  both(`${JSON.stringify(a)} and ${JSON.stringify(b)}`, () => {
    assert.is(disturb({ ...NONE, ...a }, { ...NONE, ...b }), want)
    assert.is(disturb({ ...NONE, ...b }, { ...NONE, ...a }), want)
  })
both.run()

const file = (path: string, source = ''): File => ({ path, needs: readNeeds(source) })
const turns = suite('Turns')
turns(
  'hands out first what keeps others waiting, then what is long; what is alone when nothing else runs',
  async () => {
    const all = new Turns([
      file('alone', '// Alone: x'),
      file('a', '// Has for itself: pods'),
      file('b', '// Shares: pods'),
      file('long', '// Takes minutes.'),
    ])
    const [first, second] = [await all.begin(), await all.begin()]
    assert.equal([first?.path, second?.path], ['a', 'long'])
    const seen: (string | undefined)[] = []
    const third = all.begin().then(taken => {
      seen.push(taken?.path)
      return taken
    })
    all.end(second!)
    await Promise.resolve()
    assert.equal(seen, [], 'b would meet a')
    all.end(first!)
    assert.is((await third)?.path, 'b')
    const last = all.begin()
    all.end((await third)!)
    assert.is((await last)?.path, 'alone')
    assert.is(await all.begin(), undefined)
  },
)
turns.run()

/** Files whose imports tell what they touch, and the words that must then be among their needs. */
const touching = suite('each file of e2e')
for (const path of globSync('test/e2e/**/*.test.ts').sort()) {
  const source = readFileSync(path, 'utf8')
  const { isAlone, own, shared } = readNeeds(source)
  const makesPods =
    /\b(?:withNode|sharingNode|startNode|AgentCluster\.start|runContainer|runWorkloadPod)\b/.test(source)
  const countsAll = /\bAgent\.start\(|\bTracer\.start\(/.test(source)
  const builds = /scripts\/build\.mjs|makeRelease/.test(source)
  touching(`${path} says whom it would disturb`, () => {
    if (isAlone) return
    if (countsAll) assert.ok(own.includes('pods'), 'its agent sees the pods of the whole machine')
    else if (makesPods) assert.ok([...own, ...shared].includes('pods'), 'it makes pods')
    if (builds) assert.ok(own.includes('dist'), 'it builds dist/')
  })
}
touching.run()
