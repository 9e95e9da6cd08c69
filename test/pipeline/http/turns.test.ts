import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Turn, Turns, type Waiting } from '../../../pipeline/http/turns.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'

interface Client extends Waiting {
  isGone: boolean
  isCut: boolean
  turn: Turn | undefined | 'waits'
}

function rig(max: number) {
  const clock = fakeClock()
  const turns = new Turns({ max, patienceMs: 5000, clock })
  const ask = (address = 'a'): Client => {
    const client: Client = { address, isGone: false, isCut: false, turn: 'waits', cut: () => {} }
    client.cut = () => {
      client.isCut = true
    }
    turns.take(client).then(turn => {
      client.turn = turn
    })
    return client
  }
  const asked = async (...addresses: string[]) => {
    const clients = addresses.map(ask)
    await settled()
    return clients
  }
  return { clock, asked }
}
const has = ({ turn }: Client) => turn !== undefined && turn !== 'waits'
const end = ({ turn }: Client) => (turn as Turn).end()

const s = suite('Turns')
s('gives as many at once as may be, then in order as they end', async () => {
  const { clock, asked } = rig(2)
  const [a, b, c, d] = await asked('a', 'a', 'a', 'a')
  assert.equal([a!, b!, c!, d!].map(has), [true, true, false, false])
  end(a!)
  end(a!)
  await settled()
  assert.equal([c!, d!].map(has), [true, false])
  end(b!)
  end(c!)
  await settled()
  assert.ok(has(d!))
  assert.is(clock.pending(), 0, 'no timer once nobody waits')
})
s('cuts off who makes no progress while another waits, and nobody else', async () => {
  const { clock, asked } = rig(2)
  const [slow, quick] = await asked('a', 'a')
  await clock.advance(60_000)
  assert.not(slow!.isCut, 'nobody waits')
  const [next] = await asked('a')
  for (let i = 0; i < 4; i++) {
    await clock.advance(20)
    ;(quick!.turn as Turn).progressed()
  }
  assert.equal([slow!.isCut, quick!.isCut, has(next!)], [true, false, true])
})
s('cuts off no more than wait', async () => {
  const { clock, asked } = rig(3)
  const running = await asked('a', 'a', 'a')
  const [next] = await asked('a')
  await clock.advance(40)
  assert.is(running.filter(({ isCut }) => isCut).length, 1)
  assert.ok(has(next!))
})
s('prefers the address that has the fewest turns', async () => {
  const { asked } = rig(2)
  const [first] = await asked('a', 'a', 'a', 'a')
  const [other] = await asked('b')
  end(first!)
  await settled()
  assert.ok(has(other!))
})
s('gives none to who has left, or waited for too long', async () => {
  const { clock, asked } = rig(1)
  const [running, left, late] = await asked('a', 'a', 'a')
  left!.isGone = true
  for (let i = 0; i < 260; i++) {
    ;(running!.turn as Turn).progressed()
    await clock.advance(20)
  }
  assert.equal([left!.turn, late!.turn, running!.isCut], [undefined, undefined, false])
})
s.run()
