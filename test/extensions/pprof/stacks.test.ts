import { Profile } from 'pprof-format'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toTree } from '../../../extensions/pprof/cpu.ts'
import { type StackNode, Stacks } from '../../../extensions/pprof/stacks.ts'

const bytes = { type: 'space', unit: 'bytes' }
const ABOUT = { kinds: [bytes], period: { ...bytes, every: 1 } }

function node(functionName: string, value: number, children: StackNode[] = []): StackNode {
  return {
    frame: { functionName, url: 'file:///a.ts', lineNumber: 4, columnNumber: 0 },
    values: [value],
    children,
  }
}
const root = (...children: StackNode[]) => node('(root)', 0, children)

/** `leaf<caller<…: value` of each sample. */
function read(stacks: Stacks): string[] {
  const profile = Profile.decode(stacks.encode({ unixNano: 5n, durationMs: 2 }))
  const text = (i: number | bigint) => profile.stringTable.strings[Number(i)]!
  const nameOf = (id: number | bigint) => {
    const { line } = profile.location.find(one => Number(one.id) === Number(id))!
    return text(profile.function.find(one => Number(one.id) === Number(line[0]!.functionId))!.name)
  }
  return profile.sample.map(({ locationId, value }) => `${locationId.map(nameOf).join('<')}: ${value}`).sort()
}

const s = suite('Stacks')
s('adds up equal stacks, leaf first, and leaves out where nothing was seen', () => {
  const stacks = new Stacks(ABOUT)
  stacks.add(root(node('a', 0, [node('b', 3)]), node('b', 1)))
  stacks.add(root(node('a', 2, [node('b', 4)])))
  assert.equal(read(stacks), ['a: 2', 'b: 1', 'b<a: 7'])
})
s('tells what is beyond its bound as one', () => {
  const stacks = new Stacks(ABOUT, 2)
  stacks.add(root(node('a', 1)))
  stacks.add(root(node('b', 1)))
  for (const name of ['c', 'd', 'a']) stacks.add(root(node(name, 1)))
  assert.equal(read(stacks), ['(further stacks): 2', 'a: 2', 'b: 1'])
})
s('says file and line as editors count, types, period and times', () => {
  const stacks = new Stacks(ABOUT)
  stacks.add(root(node('', 1)))
  const profile = Profile.decode(stacks.encode({ unixNano: 5n, durationMs: 2 }))
  const text = (i: number | bigint) => profile.stringTable.strings[Number(i)]!
  const [called] = profile.function
  assert.equal(
    [text(called!.name), text(called!.filename), Number(called!.startLine)],
    ['(anonymous)', '/a.ts', 5],
  )
  assert.equal(Number(profile.location[0]!.line[0]!.line), 5)
  assert.equal(
    profile.sampleType.map(one => `${text(one.type)}/${text(one.unit)}`),
    ['space/bytes'],
  )
  assert.equal(
    [Number(profile.timeNanos), Number(profile.durationNanos), Number(profile.period)],
    [5, 2_000_000, 1],
  )
})

const cpu = suite('toTree')
cpu('counts samples and the time until the next, and no idle time', () => {
  const frame = (functionName: string) => ({
    functionName,
    scriptId: '0',
    url: '',
    lineNumber: 0,
    columnNumber: 0,
  })
  const tree = toTree({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('work') },
    ],
    startTime: 0,
    endTime: 10,
    samples: [3, 2, 3],
    timeDeltas: [100, 20_000, 30_000],
  })
  const shown = tree.children.map(({ frame, values }) => `${frame.functionName}: ${values}`)
  assert.equal(shown, ['(idle): 0,0', 'work: 2,30000000'])
})
s.run()
cpu.run()
