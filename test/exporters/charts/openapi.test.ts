import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startCharts } from './http-kit.ts'

interface Parameter {
  readonly name: string
  readonly required: boolean
  readonly schema: { readonly type?: string; readonly enum?: readonly string[] }
}
interface Operation {
  readonly parameters: readonly Parameter[]
  readonly responses: Readonly<Record<string, object>>
}

async function read(config: Record<string, unknown> = {}) {
  await using charts = await startCharts(config)
  const { status, json } = await charts.get('/data/openapi.json')
  assert.is(status, 200)
  return json as {
    readonly servers: readonly { readonly url: string }[]
    readonly paths: Readonly<Record<string, { readonly get: Operation }>>
  }
}

const s = suite('openapi.json')
s('is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(await read())
  assert.ok(valid, JSON.stringify(errors))
})

s('has the questions that are answered, at their path, and needs no login', async () => {
  const { servers, paths } = await read({ login: true, seen: false })
  assert.equal(Object.keys(paths), ['/about', '/table', '/compare', '/latency'])
  assert.is(servers[0]!.url, '/metrics/charts/data')
  assert.ok((await read()).paths['/seen'])
})

s('has a question only by what it must have, and each parameter with the values that it takes', async () => {
  const { paths } = await read()
  await using charts = await startCharts()
  for (const [path, { get }] of Object.entries(paths)) {
    const must = get.parameters.filter(({ required }) => required).map(({ name }) => name)
    const least = must.map(name => `${name}=pod`).join('&')
    assert.is((await charts.get(`/data${path}?${least}`)).status, 200, path)
    for (const { name, schema } of get.parameters) {
      const rest = must.filter(each => each !== name).map(each => `${each}=pod`)
      for (const value of schema.enum ?? []) {
        const { status } = await charts.get(`/data${path}?${[...rest, `${name}=${value}`].join('&')}`)
        assert.is(status, 200, `${path} ${name}=${value}`)
      }
    }
  }
})

s('has the parameters of the README, and the README has all of them', async () => {
  const { paths } = await read()
  const known = Object.entries(paths)
    .filter(([path]) => path !== '/seen')
    .flatMap(([, { get }]) => get.parameters.map(({ name }) => name.replace(/(where)\..*/, '$1.DIMENSION')))
  const text = readFileSync('exporters/charts/README.md', 'utf8')
  const table = text.slice(text.indexOf('| parameter |'), text.indexOf('```sh'))
  const told = table
    .split('\n')
    .flatMap(line => [...(line.split('|')[1] ?? '').matchAll(/`([\w.]+)`/g)].map(found => found[1]!))
  assert.equal(told.toSorted(), [...new Set(known)].toSorted())
})
s.run()
