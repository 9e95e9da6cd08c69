import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Line } from '../../../exporters/charts/line.ts'
import { settled } from '../../kit/consumers.ts'

const s = suite('Line')
s('lets two work at a time, the others in their order, and refuses who is one too many', async () => {
  const line = new Line()
  const begun: number[] = []
  const turns = Array.from({ length: 66 }, (_, i) =>
    line.turn().then(turn => {
      begun.push(i)
      return turn
    }),
  )
  await settled()
  assert.equal(begun, [0, 1])
  const refused = await line.turn().catch((error: Error) => error)
  assert.is((refused as Error).name, 'TooManyError')
  for (const turn of turns) {
    ;(await turn)[Symbol.dispose]()
    await settled()
  }
  assert.equal(
    begun,
    turns.map((_, i) => i),
  )
  using _ = await line.turn()
})
s.run()
