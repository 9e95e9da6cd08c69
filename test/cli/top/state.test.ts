import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GROUPINGS } from '../../../cli/top/groupings.ts'
import { firstState } from '../../../cli/top/live.ts'
import { type Key, press, type Seen, type TopState } from '../../../cli/top/state.ts'

const START = firstState({
  by: GROUPINGS[0]!.by,
  where: {},
  sort: 'rate',
  isAscending: false,
  show: 'all',
  windowMs: 5000,
  filter: '',
})
const SEEN: Seen = {
  rows: 100,
  height: 10,
  columns: ['syscall', 'count', 'rate'],
  key: { namespace: 'shop', pod: 'web-1', syscall: 'read' },
}

/** Words are names of keys, one character is what was typed. */
function after(keys: readonly string[], state: TopState = START, seen: Seen = SEEN): TopState {
  const toKey = (key: string): Key => ([...key].length === 1 ? { text: key } : { name: key })
  return keys.reduce((before, key) => press(before, toKey(key), seen), state)
}

const keys = suite('press')

const rows: readonly (readonly [string, readonly string[], Partial<TopState>])[] = [
  ['goes down', ['down', 'j'], { cursor: 2, offset: 0 }],
  ['goes up, not beyond the first', ['down', 'up', 'k', 'up'], { cursor: 0 }],
  ['turns a page, which moves what is seen', ['pagedown', 'pagedown'], { cursor: 20, offset: 11 }],
  ['turns back', ['pagedown', 'pagedown', 'pageup', 'pageup'], { cursor: 0, offset: 0 }],
  ['goes to the end and no further', ['end', 'down'], { cursor: 99, offset: 90 }],
  ['goes to the first', ['end', 'home'], { cursor: 0, offset: 0 }],
  ['sorts by the column beside', ['left'], { sort: 'count' }],
  ['sorts by the first after the last', ['right'], { sort: 'syscall' }],
  ['sorts the same with < and >', ['<', '<', '>'], { sort: 'count' }],
  ['turns the order', ['r'], { isAscending: true }],
  ['turns it back', ['r', 'r'], { isAscending: false }],
  ['shows errors only', ['e'], { show: 'errors' }],
  ['shows all again', ['e', 'e'], { show: 'all' }],
  ['shows trouble after errors', ['e', 't'], { show: 'trouble' }],
  ['leaves out what waits', ['w'], { show: 'working' }],
  ['has a longer window', ['+'], { windowMs: 15_000 }],
  ['has a longest window', ['+', '+', '+', '+', '+', '+', '+'], { windowMs: 3_600_000 }],
  ['has a shortest window', ['-', '-'], { windowMs: 1000 }],
  ['stands still', [' '], { isFrozen: true }],
  ['goes on', [' ', ' '], { isFrozen: false }],
  [
    'types a filter, with letters that are commands elsewhere',
    ['/', 'q', 'e', ' ', '1'],
    { filter: 'qe 1', isTyping: true, show: 'all' },
  ],
  ['takes back a letter of any width', ['/', 'a', '東', 'backspace'], { filter: 'a' }],
  ['takes back no more than there is', ['/', 'backspace'], { filter: '', isTyping: true }],
  ['keeps the filter', ['/', 'a', 'enter'], { filter: 'a', isTyping: false }],
  ['takes the filter away while it is typed', ['/', 'a', 'escape'], { filter: '', isTyping: false }],
  ['takes the filter away later', ['/', 'a', 'enter', 'escape'], { filter: '', isTyping: false }],
  ['empties what is typed', ['/', 'a', 'ctrl-u'], { filter: '', isTyping: true }],
  ['begins at the top with a filter', ['end', '/', 'a'], { cursor: 0, offset: 0 }],
  ['groups by a digit', ['7'], { by: ['syscall'] }],
  ['groups by the next', ['g'], { by: ['namespace'] }],
  ['groups by the next with Tab', ['tab', 'tab'], { by: ['namespace', 'workload'] }],
  ['groups by the last before the first', ['G'], { by: ['node'] }],
  ['groups by the one before with Shift-Tab', ['tab', 'shift-tab'], { by: START.by }],
  ['helps', ['?'], { isHelp: true }],
  ['helps no more after any key, which does nothing else', ['h', 'e'], { isHelp: false, show: 'all' }],
  [
    'opens a namespace into its workloads',
    ['2', 'enter'],
    { by: ['workload'], where: { namespace: ['shop'] } },
  ],
  [
    'opens a pod into containers',
    ['4', 'enter'],
    { by: ['container'], where: { namespace: ['shop'], pod: ['web-1'] } },
  ],
  ['opens a container into its calls', ['4', 'enter', 'enter'], { by: ['syscall', 'errno'] }],
  ['opens a call into its errors', ['7', 'enter'], { by: ['errno'], where: { syscall: ['read'] } }],
  [
    'opens an error of a call into who makes it',
    ['7', 'enter', 'enter'],
    { by: ['namespace', 'pod', 'container', 'unit'] },
  ],
  [
    'goes back to the row that was opened',
    ['4', 'down', 'down', 'enter', 'enter', 'backspace', 'backspace'],
    { by: ['namespace', 'pod'], where: {}, cursor: 2, above: [] },
  ],
]
for (const [name, typed, want] of rows)
  keys(name, () => {
    const state = after(typed)
    for (const [key, value] of Object.entries(want)) assert.equal(state[key as keyof TopState], value, key)
  })

keys('opens what has no namespace into containers and units', () => {
  const state = after(['2', 'enter'], START, { ...SEEN, key: {} })
  assert.equal(state.by, ['container', 'unit'])
  assert.equal(state.where, { namespace: [''] })
})

for (const key of ['x', '東', 'f1', 'backspace', 'escape', 'ctrl-x', 'constructor', '__proto__', 'toString'])
  keys(`stays the same with ${key}`, () =>
    assert.is(press(START, key.length > 1 ? { name: key } : { text: key }, SEEN), START),
  )

keys('has nothing to open where there are no rows', () => {
  const seen: Seen = { rows: 0, height: 10, columns: [], key: undefined }
  for (const key of ['enter', 'down', 'end', 'pagedown', 'left'])
    assert.is(after([key], START, seen), START, key)
})

keys('takes a filter of 100 characters at most', () => {
  assert.is(after(['/', ...'x'.repeat(300)]).filter.length, 100)
})

keys.run()
