/** The storage and an exporter in a graph that goes over to another plan. */
import { readdirSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config as exporterConfig } from '../../../exporters/otlp_http/config.ts'
import { factory as otlpHttp } from '../../../exporters/otlp_http/factory.ts'
import { config as storageConfig } from '../../../extensions/file_storage/config.ts'
import { factory as fileStorage } from '../../../extensions/file_storage/factory.ts'
import { createRegistry } from '../../../pipeline/registry.ts'
import { type Reply, startHttpServer } from '../../exporters/otlp_http/kit.ts'
import { fakeReceiver } from '../../kit/components.ts'
import { eventually } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { batch, graphOf, planOf } from '../../pipeline/graph/kit.ts'
import { scratch } from './kit.ts'

const s = suite('a file_storage that is applied anew')
s('with another max_size hands over what waits, and leaves nothing once it is sent', async () => {
  using folder = scratch()
  let reply: Reply = { status: 503 }
  await using server = await startHttpServer(() => reply)
  const sending_queue = { storage: 'file_storage' }
  const retry_on_failure = { initial_interval: '10ms', max_interval: '10ms', max_elapsed_time: 0 }
  const exporter = exporterConfig.parse({ endpoint: server.url, sending_queue, retry_on_failure })
  const more = (max_size: string) => ({
    extensions: ['file_storage'],
    configs: {
      otlp_http: exporter,
      file_storage: storageConfig.parse({ directory: folder.path, max_size }),
    },
  })
  const receiver = fakeReceiver()
  const pipelines = { metrics: [['fake'], [], ['otlp_http']] } satisfies Parameters<typeof planOf>[0]
  const registry = createRegistry([receiver.factory, otlpHttp, fileStorage])
  const { graph, read } = graphOf(pipelines, registry, more('1MiB'))
  await graph.start(never)
  const send = () => receiver.next.get('fake')!.metrics!.consume(batch(), never)
  for (let n = 0; n < 3; n++) await send()
  const applied = await graph.apply(planOf(pipelines, more('2MiB')), never)
  assert.equal(applied.errors, [])
  await send()
  reply = {}
  await eventually(async () => (await read())['exporter_sent_metric_points{exporter=otlp_http}'] === 4)
  await graph.shutdown(never)
  assert.equal(readdirSync(folder.path), [])
})
s.run()
