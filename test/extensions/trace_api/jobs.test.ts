import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startApi } from './kit.ts'

const s = suite('jobs')
s('are created, listed, read and deleted', async () => {
  await using rig = await startApi()
  const made = await rig.createJob('a')
  assert.is(made.status, 201, made.text)
  assert.equal(Object.keys(made.body), ['id', 'traceSpec'])
  assert.is(made.headers['content-type'], 'application/json; charset=utf-8')
  assert.is(made.headers.location, '/jobs/a')
  const listed = await rig.ask('/jobs')
  assert.equal([Object.keys(listed.body.running), Object.keys(listed.body.completed)], [['a'], []])
  const read = await rig.ask('/jobs/a')
  assert.equal(Object.keys(read.body).sort(), ['id', 'monitoredHosts', 'traceSpec'])
  const gone = await rig.ask('/jobs/a', { method: 'DELETE' })
  assert.equal([gone.status, gone.body], [200, 'OK'])
  assert.is((await rig.ask('/jobs/a')).status, 404)
  assert.is((await rig.ask('/jobs/a', { method: 'DELETE' })).status, 404)
  assert.equal((await rig.ask('/jobs')).body, { running: {}, completed: {} })
})
s.run()
