import { Validator } from '@seriousme/openapi-schema-validator'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { OpenApi } from '../../../extensions/trace_api/openapi.ts'
import { startApi } from './kit.ts'

const s = suite('openapi.json')
s('is valid OpenAPI 3.1', async () => {
  await using rig = await startApi()
  const { body, headers } = await rig.ask('/openapi.json')
  assert.match(String(headers['content-type']), 'application/json')
  const { valid, errors } = await new Validator().validate(body)
  assert.ok(valid, JSON.stringify(errors))
  assert.is(body.openapi, '3.1.0')
})
s('has all routes of the original, and those that the agent has besides', async () => {
  await using rig = await startApi()
  const { paths } = (await rig.ask('/openapi.json')).body as OpenApi
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  )
  const where = [
    '',
    '/namespaces/{namespace}',
    '/namespaces/{namespace}/pods/{pod}',
    '/namespaces/{namespace}/pods/{pod}/containers/{container}',
  ]
  assert.equal(
    all.sort(),
    [
      'DELETE /jobs/{id}',
      'GET /api',
      'GET /jobs',
      'GET /jobs/{id}',
      'GET /jobs/{id}/sse',
      'GET /jobs/{id}/status',
      'GET /jobs/{id}/ws',
      'GET /openapi.json',
      'GET /pods',
      'GET /stuck',
      'GET /syscalls',
      ...where.flatMap(path => ['', '/sse', '/ws'].map(way => `GET /trace${path}${way}`)),
      'GET /trace/live.js',
      'GET /trace/pages.css',
      'POST /jobs',
      'POST /jobs/namespaces/{namespace}',
      'PUT /jobs/namespaces/{namespace}/{id}',
      'PUT /jobs/{id}',
    ].sort(),
  )
})
s('tells of each route that is there, and of none that is not', async () => {
  await using rig = await startApi()
  await rig.createJob('x')
  const { paths } = (await rig.ask('/openapi.json')).body as OpenApi
  for (const [path, methods] of Object.entries(paths)) {
    const target = path.replace(/\{\w+\}/g, 'x')
    const { headers } = await rig.ask(target, { method: 'OPTIONS' })
    const allowed = headers.allow!.split(', ').filter(method => !['HEAD', 'OPTIONS'].includes(method))
    const told = Object.keys(methods).map(method => method.toUpperCase())
    assert.equal(allowed.sort(), told.sort(), path)
  }
})
s('gives answers as it says', async () => {
  await using rig = await startApi()
  await rig.createJob('x')
  const { paths } = (await rig.ask('/openapi.json')).body as OpenApi
  for (const [path, { get }] of Object.entries(paths)) {
    if (!get || /\/(ws|sse)$/.test(path)) continue
    const { status, headers } = await rig.ask(path.replace(/\{\w+\}/g, 'x'))
    assert.is(status, 200, path)
    const { content } = get.responses[200] as unknown as { content: object }
    assert.equal(Object.keys(content), [String(headers['content-type']).split(';')[0]], path)
  }
})
s('has every key of a job with its meaning', async () => {
  await using rig = await startApi()
  const { components } = (await rig.ask('/openapi.json')).body
  const lacking = Object.entries(
    components.schemas.TraceSpec.properties as Record<string, { description?: string }>,
  )
    .filter(([, { description }]) => !description)
    .map(([key]) => key)
  assert.equal(lacking, [])
})
s.run()

const page = suite('/api')
page('is a page without scripts and with nothing from elsewhere', async () => {
  await using rig = await startApi()
  const { text, headers } = await rig.ask('/api')
  assert.match(String(headers['content-security-policy']), "default-src 'none'")
  assert.not.match(text, '<script')
  assert.not.match(text, /(src|href)="?(https?:)?\/\//)
  assert.match(text, 'POST /jobs/namespaces/{namespace}')
  assert.match(text, 'The job ends unless it is renewed')
})
page.run()
