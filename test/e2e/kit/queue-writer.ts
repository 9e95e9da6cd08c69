/**
 * A process that offers numbered log records to an exporter whose queue is on disk, and says of each number that the exporter has taken it.
 * Arguments: the port of an OTLP server, the folder of the storage, the first number. Commands come by standard input, a line each:
 * `offer N`: so many batches, `forever`: batches without end, `fill` and `free`: another file takes all room of the disk or gives it back,
 * `drain`: ends once nothing waits, `stop`: ends at once.
 */
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { config as exporterConfig } from '../../../exporters/otlp_grpc/config.ts'
import { grpc } from '../../../exporters/otlp_grpc/protocol.ts'
import { PushExporter } from '../../../exporters/shared/push-exporter.ts'
import { config as storageConfig } from '../../../extensions/file_storage/config.ts'
import { FileStorage } from '../../../extensions/file_storage/extension.ts'
import { createContext, never, nopHost, recordingMeter } from '../../kit/context.ts'
import { logsBatch } from '../../kit/events.ts'

const [port, directory, first] = process.argv.slice(2)
const { meter, read } = recordingMeter()
const storage = new FileStorage(
  createContext(storageConfig.parse({ directory, timeout: '100ms' }), { id: 'file_storage', meter }),
)
const exporter = new PushExporter(
  createContext(
    exporterConfig.parse({
      endpoint: `http://127.0.0.1:${port}`,
      retry_on_failure: { initial_interval: '20ms', max_interval: '100ms', max_elapsed_time: 0 },
      sending_queue: { storage: 'file_storage', queue_size: 100_000 },
    }),
    { id: 'otlp_grpc', meter },
  ),
  grpc,
)

/** At once, and whole: whoever reads it may kill this process in the next moment. */
const say = (text: string) => writeSync(1, `${text}\n`)
const sum = async (name: string) =>
  Object.entries(await read()).reduce((all, [key, value]) => (key.startsWith(name) ? all + value : all), 0)

let next = Number(first)
/** Records are of many sizes, those of a batch too. */
async function offer(): Promise<void> {
  const from = next
  const count = 1 + (from % 7)
  next += count
  const rows = Array.from({ length: count }, (_, i) => ({
    body: `${from + i} ${'x'.repeat((from * 31) % 3000)}`,
  }))
  say(`offered ${next}`)
  await exporter.consumers.logs!.consume(logsBatch(rows), never)
  for (let i = from; i < next; i++) say(`took ${i}`)
}

const ballast = join(directory!, '../ballast')
function fill(): void {
  const file = openSync(ballast, 'w')
  try {
    for (const size of [65_536, 4096]) writeUntilFull(file, Buffer.alloc(size))
  } finally {
    closeSync(file)
  }
}

function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(file, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

async function stop(): Promise<never> {
  await exporter.shutdown(AbortSignal.timeout(5_000))
  await storage.shutdown(never)
  say(`stopped, files left: ${readdirSync(directory!).length}`)
  process.exit(0)
}

const COMMANDS: Readonly<Record<string, (argument: number) => Promise<void> | void>> = {
  async offer(batches) {
    for (let i = 0; i < batches; i++) await offer()
  },
  async forever() {
    for (;;) {
      await offer()
      await new Promise(resolve => setImmediate(resolve))
    }
  },
  fill,
  free: () => rmSync(ballast),
  async drain() {
    while ((await sum('exporter_queue_size')) > 0) await new Promise(resolve => setTimeout(resolve, 10))
    await stop()
  },
  stop,
}

await storage.start(nopHost())
await exporter.start({ ...nopHost(), extension: () => storage.offers.storage as never })
say('started')
for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', argument] = line.split(' ')
  await COMMANDS[name]!(Number(argument))
  const [refused, failed] = [
    await sum('extension_file_storage_refused_records'),
    (await sum('exporter_send_failed')) + (await sum('exporter_enqueue_failed')),
  ]
  say(`done ${name} refused ${refused} failed ${failed}`)
}
