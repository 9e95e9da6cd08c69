import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Outlet } from '../../../pipeline/graph/outlet.ts'
import { refusing, settled, sink } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'
import { batch } from './kit.ts'

const s = suite('Outlet')
s('passes batches on at once, to where it points', async () => {
  const [first, second] = [sink(), sink()]
  const outlet = new Outlet(first)
  const sent = outlet.consume(batch(), never)
  assert.is(first.batches.length, 1)
  outlet.point(second)
  await outlet.consume(batch(), never)
  await sent
  assert.equal([first.batches.length, second.batches.length], [1, 1])
})
s('keeps batches in their order while it is held, for the target that it has then', async () => {
  const [first, second] = [sink(), sink()]
  const outlet = new Outlet(first)
  outlet.hold()
  outlet.hold()
  const given = [batch(1), batch(2), batch(3), batch(4)]
  const sent = given.slice(0, 3).map(one => outlet.consume(one, never))
  await settled()
  outlet.point(second)
  outlet.release()
  await Promise.all([...sent, outlet.consume(given[3]!, never)])
  assert.equal([first.batches.length, second.batches.map(one => given.indexOf(one))], [0, [0, 1, 2, 3]])
  const last = outlet.consume(batch(), never)
  assert.is(second.batches.length, 5)
  await last
})
s('gives a batch back that nobody waits for any more', async () => {
  const target = sink()
  const outlet = new Outlet(target)
  outlet.hold()
  const abort = new AbortController()
  const refused = rejects(outlet.consume(batch(), abort.signal), 'PIPE_SHUTTING_DOWN')
  abort.abort()
  await refused
  outlet.release()
  assert.is(target.batches.length, 0)
})
s('asks its target whether it would refuse, but not while it is held: another target may come', () => {
  const outlet = new Outlet(refusing())
  assert.is(outlet.refusal()!.error.message, 'refusing consumer')
  outlet.hold()
  assert.is(outlet.refusal(), undefined)
  outlet.release()
  outlet.point(sink())
  assert.is(outlet.refusal(), undefined)
})
s('copies for a target that writes, where the first did not', async () => {
  const [reader, writer] = [sink(), sink({ mutates: true })]
  const outlet = new Outlet(reader)
  outlet.point(writer)
  const given = batch()
  await outlet.consume(given, never)
  assert.is(outlet.mutates, false)
  assert.is.not(writer.batches[0], given)
  assert.equal(writer.batches[0], given)
  const direct = new Outlet(writer)
  await direct.consume(given, never)
  assert.equal([direct.mutates, writer.batches[1] === given], [true, true])
})
s.run()
