import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Connection,
  type ConnectionState,
  Connections,
  leastUseful,
} from '../../../pipeline/http/connections.ts'
import { fakeClock } from '../../kit/clock.ts'

type Row = readonly [name: string, address: string, state: ConnectionState, sinceMs: number]
const connection = ([key, address, state, sinceMs]: Row): Connection => ({
  key,
  address,
  state,
  sinceMs,
  line: [],
  socket: {} as Socket,
})

const choice = suite('leastUseful')
const cases: readonly (readonly [string, string, readonly Row[]])[] = [
  [
    'one that asked for nothing before one between requests',
    'silent',
    [
      ['idle', 'a', 'idle', 0],
      ['silent', 'a', 'silent', 9],
    ],
  ],
  [
    'one between requests before a busy one',
    'idle',
    [
      ['busy', 'a', 'busy', 0],
      ['idle', 'a', 'idle', 9],
    ],
  ],
  [
    'the one that has been so for the longest time',
    'old',
    [
      ['new', 'a', 'busy', 5],
      ['old', 'a', 'busy', 1],
      ['newer', 'a', 'busy', 6],
    ],
  ],
  [
    'a busy one of the address that has most, before a silent one of another',
    'b1',
    [
      ['a', 'a', 'silent', 0],
      ['b1', 'b', 'busy', 1],
      ['b2', 'b', 'busy', 2],
    ],
  ],
]
for (const [what, want, rows] of cases)
  choice(`is ${what}`, () => assert.is(leastUseful(rows.map(connection)).key, want))
choice.run()

class FakeSocket extends EventEmitter {
  readonly remoteAddress = '10.0.0.1'
  readonly remotePort: number
  readonly localAddress = '10.0.0.2'
  destroyed = false
  constructor(port: number) {
    super()
    this.remotePort = port
  }
  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

function rig(max: number) {
  const clock = fakeClock()
  const dropped: string[] = []
  const connections = new Connections({ max, clock, onDropped: reason => dropped.push(reason) })
  const open = (port: number) => {
    const socket = new FakeSocket(port)
    connections.add(socket as unknown as Socket)
    return socket
  }
  const find = (socket: FakeSocket) => connections.of(socket as unknown as Socket)
  return { clock, dropped, connections, open, find }
}
/** Two turns of the event loop, and what they start. */
const polled = () => new Promise(resolve => setImmediate(() => setImmediate(() => setImmediate(resolve))))

const table = suite('Connections')
table('drops the oldest silent one for a newcomer, and says so', async () => {
  const { clock, dropped, connections, open } = rig(2)
  const sockets = [open(1)]
  await clock.advance(1)
  sockets.push(open(2), open(3))
  assert.is(connections.size, 3, 'not before the next look at the sockets')
  await polled()
  assert.equal([sockets.map(socket => socket.destroyed), dropped], [[true, false, false], ['silent']])
})
table('spares a newcomer whose request is there at the next look', async () => {
  const { connections, open, find } = rig(2)
  const [first, second, asked] = [open(1), open(2), open(3)]
  connections.become(find(asked)!, 'busy')
  await polled()
  assert.equal([first.destroyed, second.destroyed, asked.destroyed], [true, false, false])
})
table('forgets what closes, and drops nothing twice', () => {
  const { dropped, connections, open, find } = rig(2)
  const socket = open(1)
  const found = find(socket)!
  socket.destroy()
  connections.drop(found, 'slow')
  assert.equal([connections.size, find(socket), dropped], [0, undefined, []])
})
table('closes all of some states', () => {
  const { connections, open, find } = rig(9)
  const [silent, busy] = [open(1), open(2)]
  connections.become(find(busy)!, 'busy')
  connections.closeAll(['silent', 'idle'])
  assert.equal([silent.destroyed, busy.destroyed], [true, false])
})
table.run()
