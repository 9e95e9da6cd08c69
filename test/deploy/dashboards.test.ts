/** The dashboards are what their generator makes, and what Grafana takes: places, variables, links, sizes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { renderDashboards } from '../../scripts/generate-dashboards.ts'
import { readDashboards } from '../kit/dashboards.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Of a ConfigMap's data. */
const MOST_BYTES = 1024 * 1024
const GLOBALS = ['__url_time_range', '__data', '__field', '__all']

const gridPos = z.strictObject({ x: z.int(), y: z.int(), w: z.int().min(1).max(24), h: z.int().min(1) })
const target = z.looseObject({ refId: z.string().min(1), expr: z.string().min(1), datasource: z.unknown() })
const panel = z.looseObject({
  id: z.int().positive(),
  type: z.enum(['row', 'timeseries', 'stat', 'table', 'heatmap']),
  title: z.string().min(1),
  gridPos,
  description: z.string().optional(),
  targets: z.array(target).optional(),
})
const dashboard = z.looseObject({
  uid: z.string().min(1).max(40), // Grafana's limit.
  title: z.string().min(1),
  schemaVersion: z.int(),
  panels: z.array(panel).min(5),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
})

const all = readDashboards().map(({ path, text }) => ({
  path,
  text,
  json: dashboard.parse(JSON.parse(text)),
}))

const files = suite('the files')
files('are what the generator makes, and all of it', () => {
  const rendered = renderDashboards()
  for (const [path, text] of rendered)
    assert.is(readFileSync(path, 'utf8'), text, `${path}: run node scripts/generate-dashboards.ts`)
  const there = ['deploy/grafana', 'deploy/helm/swoll/files/grafana'].flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.json'))
      .map(name => join(ROOT, folder, name)),
  )
  assert.equal(there.toSorted(), [...rendered.keys()].toSorted())
})
files('fit into the ConfigMap of a flavour, less than half of it', () => {
  for (const { path, text } of all) assert.ok(text.length < MOST_BYTES / 2, path)
})
files('have uids and titles of their own', () => {
  for (const key of ['uid', 'title'] as const)
    assert.is(new Set(all.map(({ json }) => json[key])).size, all.length)
})
files.run()

const panels = suite('the panels')
for (const { path, json } of all) {
  panels(`of ${path} lie side by side, with ids of their own`, () => {
    const taken = new Map<string, string>()
    for (const { title, gridPos: at } of json.panels) {
      assert.ok(at.x + at.w <= 24, title)
      for (let x = at.x; x < at.x + at.w; x++)
        for (let y = at.y; y < at.y + at.h; y++) {
          const other = taken.get(`${x},${y}`)
          assert.ok(other === undefined, `${title} lies on ${other}`)
          taken.set(`${x},${y}`, title)
        }
    }
    assert.is(new Set(json.panels.map(({ id }) => id)).size, json.panels.length)
  })
  panels(`of ${path} explain themselves, ask the chosen source, and say "none" for nothing`, () => {
    for (const each of json.panels.filter(({ type }) => type !== 'row')) {
      assert.ok((each.description ?? '').length > 10, `${each.title} has a description`)
      assert.ok(each.targets!.length > 0, each.title)
      assert.is(new Set(each.targets!.map(({ refId }) => refId)).size, each.targets!.length)
      for (const one of each.targets!)
        assert.equal(one.datasource, { type: 'prometheus', uid: '$datasource' })
      const { fieldConfig } = each as unknown as { fieldConfig: { defaults: Record<string, string> } }
      assert.is(fieldConfig.defaults.noValue, 'none')
      assert.ok(fieldConfig.defaults.unit, `${each.title} has a unit`)
    }
  })
  panels(`of ${path} use variables that are there, and all of them`, () => {
    const names = json.templating.list.map(({ name }) => name)
    const rest = JSON.stringify({
      ...json,
      templating: { list: json.templating.list.map(each => ({ ...each, name: '' })) },
    })
    const used = new Set([...rest.matchAll(/\$\{?([a-z_]+)\b/g)].map(match => match[1]!))
    for (const name of used) assert.ok([...names, ...GLOBALS].includes(name), `$${name} is not declared`)
    for (const name of names) assert.ok(used.has(name), `$${name} is not used`)
  })
}
panels('lead to dashboards and variables that exist', () => {
  const byUid = new Map(all.map(({ json }) => [json.uid, json]))
  let links = 0
  for (const { text, path } of all)
    for (const [, uid, query] of text.matchAll(/"\/d\/([^?"]+)\?([^"]*)/g)) {
      const there = byUid.get(uid!)
      assert.ok(there, `${path}: ${uid}`)
      for (const [, name] of query!.matchAll(/var-(\w+)=/g))
        assert.ok(
          there.templating.list.some(each => each.name === name),
          `${path}: ${uid} has ${name}`,
        )
      links++
    }
  assert.ok(links >= 15, `${links}`)
})
panels.run()
