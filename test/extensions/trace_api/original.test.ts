/** The shapes that the original's server answered with, from its sources: every key of them is here, with the same type. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventually } from '../../kit/consumers.ts'
import { openWebSocket, startApi } from './kit.ts'

const read = (name: string): unknown => JSON.parse(readFileSync(`test/golden/trace_api/${name}.json`, 'utf8'))

/** The keys of `wanted` that `given` lacks, or has with another type; lists go by their first entry. */
function differences(wanted: unknown, given: unknown, place = ''): string[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(given)) return [`${place} must be a list`]
    return wanted.length > 0 && given.length > 0 ? differences(wanted[0], given[0], `${place}[]`) : []
  }
  if (typeof wanted !== 'object' || wanted === null)
    return typeof given === typeof wanted ? [] : [`${place} must be ${typeof wanted}, is ${typeof given}`]
  if (typeof given !== 'object' || given === null) return [`${place} must be a map`]
  return Object.entries(wanted).flatMap(([key, value]) =>
    differences(value, (given as Record<string, unknown>)[key], `${place}.${key}`),
  )
}

/** A namespaced job as the original's client asks for it. */
const SPEC = {
  labelSelector: { matchLabels: { app: 'web' } },
  syscalls: ['close'],
  hostSelector: ['nginx'],
  sampleRate: 1,
  duration: '5m',
}
const create = (rig: Awaited<ReturnType<typeof startApi>>) =>
  rig.ask('/jobs/namespaces/shop?id=a', { method: 'POST', body: SPEC })

const s = suite("the original's routes")
s('POST /jobs/namespaces/{ns}: 201', async () => {
  await using rig = await startApi()
  const { status, body } = await create(rig)
  assert.is(status, 201, JSON.stringify(body))
  assert.equal(differences(read('created'), body), [])
  assert.equal(Object.keys(body), ['id', 'traceSpec'])
  assert.equal(body.traceSpec.spec, SPEC)
})
s('GET /jobs: 200', async () => {
  await using rig = await startApi()
  await create(rig)
  const { status, body } = await rig.ask('/jobs')
  assert.is(status, 200)
  assert.equal(differences(read('jobs'), { ...body, running: { '1': body.running.a } }), [])
  assert.is(body.running.a.traceSpec.metadata.selfLink, '/jobs/a')
})
s('DELETE /jobs/{id}: 200 and the text OK', async () => {
  await using rig = await startApi()
  await create(rig)
  const { status, body } = await rig.ask('/jobs/a', { method: 'DELETE' })
  assert.equal([status, body], [200, read('deleted')])
})
s('an error: a map with error, and its content type (S3)', async () => {
  await using rig = await startApi()
  const { status, body, headers } = await rig.ask('/jobs/a', { method: 'DELETE' })
  assert.is(status, 404)
  assert.equal(differences(read('error'), body), [])
  assert.match(String(headers['content-type']), 'application/json')
})
s('the pages and the WebSockets of a job, a namespace, a pod and a container', async () => {
  await using rig = await startApi()
  await create(rig)
  const pages = [
    '/jobs/a',
    '/trace',
    '/trace/namespaces/shop',
    '/trace/namespaces/shop/pods/web',
    '/trace/namespaces/shop/pods/web/containers/nginx',
  ]
  for (const path of pages) {
    const { status, headers, text } = await rig.ask(path, { headers: { accept: 'text/html' } })
    assert.is(status, 200)
    assert.match(String(headers['content-type']), 'text/html')
    assert.match(text, '<table>')
    const { socket } = await openWebSocket(`${rig.url}${path}/ws`)
    socket.terminate()
  }
})
s('a message: one call, with every key that the original had', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const { messages } = await openWebSocket(`${rig.url}/jobs/a/ws`)
  await rig.makeCalls(1)
  await eventually(() => messages.length === 1)
  const lacking = differences(read('event'), messages[0])
  assert.equal(lacking, [])
})
s.run()
