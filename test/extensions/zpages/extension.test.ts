import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Zpages } from '../../../extensions/zpages/extension.ts'
import { factory } from '../../../extensions/zpages/factory.ts'
import type { Inside, Measured } from '../../../pipeline/inside.ts'
import type { ComponentStatus } from '../../../pipeline/states.ts'
import { createContext, never, nopHost, recordingLogger } from '../../kit/context.ts'

type Given = Pick<ComponentStatus, 'kind' | 'id' | 'pipelines'> & Partial<ComponentStatus>
const of = (given: Given): ComponentStatus => ({
  component: `${given.kind}::${given.id}`,
  state: 'ok',
  cause: undefined,
  sinceUnixNano: 1_700_000_000_000_000_000n,
  ...given,
})
const STATUSES = [
  of({ kind: 'extensions', id: 'zpages', pipelines: [] }),
  of({
    kind: 'exporters',
    id: 'otlp_grpc',
    pipelines: ['metrics/a', 'logs'],
    state: 'recoverable',
    cause: new Error('<nobody> answers'),
  }),
  of({ kind: 'processors', id: 'filter', pipelines: ['metrics/a'] }),
  of({ kind: 'receivers', id: 'ebpf', pipelines: ['metrics/a'] }),
]

/** Numbers that grow by `step` with each look. */
function growing(step: Record<string, number>): () => Promise<readonly Measured[]> {
  let looks = 0
  return async () => {
    looks++
    return Object.entries(step).map(([series, by]) => {
      const [, name, labels = ''] = /^(\w+)\{(.*)\}$/.exec(series)!
      const pairs = labels.split(',').map(pair => pair.split('='))
      return { name: `otelcol_${name}`, labels: Object.fromEntries(pairs), value: by * looks }
    })
  }
}

const MEASURE = growing({
  'receiver_accepted_metric_points{receiver=ebpf}': 100_000,
  'receiver_accepted_metric_points{receiver=other}': 7,
  'processor_incoming_items{processor=filter,pipeline=metrics/a}': 1000,
  'processor_incoming_items{processor=filter,pipeline=metrics/b}': 7,
  'exporter_send_failed_metric_points{exporter=otlp_grpc}': 3000,
  'exporter_send_failed_log_records{exporter=otlp_grpc}': 7,
  'exporter_queue_size{exporter=otlp_grpc,data_type=metrics}': 5,
  'exporter_queue_capacity{exporter=otlp_grpc,data_type=metrics}': 500,
})

async function start({
  inside,
  statuses = STATUSES,
}: {
  inside?: Inside
  statuses?: ComponentStatus[]
} = {}) {
  const log = recordingLogger()
  const parsed = factory.config.parse({ endpoint: '127.0.0.1:0' })
  const extension = new Zpages(createContext(parsed, { id: 'zpages', log }))
  const view = { list: () => statuses, subscribe: () => () => {} }
  await extension.start({ ...nopHost(), statuses: view, ...(inside && { inside }) }, never)
  const { url } = log.lines[0]!.fields
  return {
    url: `${url}`,
    get: (path: string) => fetch(new URL(path, `${url}`)),
    /** Cells of each row, by `|`. */
    async rows(path: string): Promise<string[]> {
      const text = await (await fetch(new URL(path, `${url}`))).text()
      return [...text.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
        [...row!.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(match => match[1]).join('|'),
      )
    },
    [Symbol.asyncDispose]: () => extension.shutdown(never),
  }
}

const INSIDE: Inside = {
  version: '1.2.3',
  gates: [{ id: 'a.gate', isOn: true, stage: 'alpha', description: 'Does a thing' }],
  measure: MEASURE,
}

const s = suite('Zpages')
s('listens where the Collector does by default, and refuses variables of Go', () => {
  assert.equal(factory.config.parse({}).endpoint, { host: 'localhost', port: 55_679 })
  const { error } = factory.config.safeParse({ expvar: { enabled: true } })
  assert.match(error!.issues[0]!.message, 'must be false')
})
s('shows each pipeline in the order of the data, with rates, losses and queue of its own', async () => {
  await using running = await start({ inside: INSIDE })
  const text = await (await running.get('/debug/pipelinez')).text()
  const seconds = Number(/last ([\d.]+) s/.exec(text)![1])
  assert.ok(seconds > 0.9)
  const rows = (await running.rows('/debug/pipelinez')).map(row => row.split('|'))
  const names = rows.map(([name]) => name)
  assert.equal(names, [
    'Component',
    'exporters::otlp_grpc',
    'Component',
    'receivers::ebpf',
    'processors::filter',
    'exporters::otlp_grpc',
  ])
  const [, logs, , receiver, filter, exporter] = rows
  const near = (cell: string | undefined, perLook: number) => {
    const rate = Number(cell!.replaceAll(',', ''))
    // A timer of a second may end a millisecond early.
    assert.ok(rate > 0 && rate <= 1.05 * perLook, `${cell} of ${perLook}`)
  }
  near(receiver![3], 100_000)
  near(filter![2], 1000)
  near(exporter![4], 3000)
  near(logs![4], 7)
  assert.equal(exporter!.slice(5), ['6,000', '10 of 1,000'])
  assert.equal(logs!.slice(5), ['14', ''])
  assert.equal([receiver![1], exporter![1]], ['ok', 'recoverable: &#60;nobody&#62; answers'])
})
s('comes again by itself unless it is to hold still', async () => {
  await using running = await start()
  const text = async (query: string) => (await running.get(`/debug/pipelinez${query}`)).text()
  assert.match(await text(''), '<meta http-equiv="refresh" content="5">')
  assert.not.match(await text('?refresh=off'), 'http-equiv')
})
s('says that nothing is measured', async () => {
  await using running = await start()
  assert.match(await (await running.get('/debug/pipelinez')).text(), 'Nothing is measured')
  assert.equal(
    (await running.rows('/debug/pipelinez')).at(-1),
    'exporters::otlp_grpc|recoverable: &#60;nobody&#62; answers|||||',
  )
})
s('shows the process with its health, the extensions, and the gates', async () => {
  await using running = await start({ inside: INSIDE })
  const service = await running.rows('/debug/servicez')
  assert.ok(service.includes('Version|swoll 1.2.3'))
  assert.ok(service.includes(`Process|${process.pid}`))
  assert.ok(service.includes('all components|the process is starting'))
  assert.equal(await running.rows('/debug/extensionz'), [
    'Extension|State|Since',
    'zpages|ok|2023-11-14T22:13:20.000Z',
  ])
  assert.equal(await running.rows('/debug/featurez'), ['Gate||Stage|Meaning', 'a.gate|on|alpha|Does a thing'])
})
s('has pages that run nothing and load nothing', async () => {
  await using running = await start({ inside: INSIDE })
  for (const name of ['servicez', 'pipelinez', 'extensionz', 'featurez']) {
    const response = await running.get(`/debug/${name}`)
    assert.is(response.status, 200)
    assert.match(
      response.headers.get('content-security-policy')!,
      /^default-src 'none'; style-src 'sha256-\S+';/,
    )
    assert.not.match(await response.text(), /<script|<img|<link|src=/)
  }
})
s.run()
