/** A process with an exporter, whose queue is on disk if it gets a folder. Answers each command of its parent with a report. */
import { config as exporterConfig } from '../../../exporters/otlp_grpc/config.ts'
import { grpc } from '../../../exporters/otlp_grpc/protocol.ts'
import { PushExporter } from '../../../exporters/shared/push-exporter.ts'
import { config as storageConfig } from '../../../extensions/file_storage/config.ts'
import { FileStorage } from '../../../extensions/file_storage/extension.ts'
import { createContext, never, nopHost, recordingMeter } from '../../kit/context.ts'
import { logsBatch } from '../../kit/events.ts'
import type { Report } from '../outage.bench.ts'

const BATCH = 500
const CALLS = ['openat', 'read', 'close', 'connect']
const [port, directory] = process.argv.slice(2)
const { meter, read } = recordingMeter()
const storage = directory
  ? new FileStorage(createContext(storageConfig.parse({ directory }), { id: 'file_storage', meter }))
  : undefined
const sending_queue = { queue_size: 100_000, ...(storage && { storage: 'file_storage' }) }
const exporter = new PushExporter(
  createContext(
    exporterConfig.parse({
      endpoint: `http://127.0.0.1:${port}`,
      retry_on_failure: { initial_interval: '1s', max_interval: '5s', max_elapsed_time: 0 },
      sending_queue,
    }),
    { id: 'otlp_grpc', meter },
  ),
  grpc,
)

let offered = 0
async function offer(): Promise<void> {
  const from = offered
  offered += BATCH
  const rows = Array.from({ length: BATCH }, (_, i) => ({
    body: `${from + i}`,
    attributes: {
      'syscall.name': CALLS[i % CALLS.length]!,
      'syscall.arguments': `3, "/var/lib/data/${(from + i) * 7919}", O_RDONLY|O_CLOEXEC`,
    },
  }))
  await exporter.consumers.logs!.consume(logsBatch(rows), never).catch(() => {}) // it is counted as missing
}

async function report(): Promise<Report> {
  const values = Object.entries(await read())
  const sum = (name: string) =>
    values.reduce((all, [key, value]) => (key.startsWith(name) ? all + value : all), 0)
  const { user, system } = process.cpuUsage()
  return {
    rssBytes: process.memoryUsage.rss(),
    cpuMs: (user + system) / 1000,
    queueMemory: sum('exporter_queue_memory'),
    fileBytes: sum('extension_file_storage_size'),
    waiting: sum('exporter_queue_size'),
    offered,
  }
}

let timer: NodeJS.Timeout | undefined
process.on('message', async command => {
  if (command === 'offer') timer = setInterval(offer, 1000)
  if (command === 'pause') clearInterval(timer)
  process.send!(await report())
})
await storage?.start(nopHost())
await exporter.start({ ...nopHost(), extension: () => storage!.offers.storage as never })
process.send!('ready')
