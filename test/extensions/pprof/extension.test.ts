import { once } from 'node:events'
import { chmodSync, linkSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { Profile } from 'pprof-format'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Pprof } from '../../../extensions/pprof/extension.ts'
import { factory } from '../../../extensions/pprof/factory.ts'
import { eventually } from '../../kit/consumers.ts'
import { createContext, never, nopHost, recordingLogger } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'

async function start(config: object = {}) {
  const log = recordingLogger()
  const parsed = factory.config.parse({ endpoint: '127.0.0.1:0', ...config })
  const extension = new Pprof(createContext(parsed, { id: 'pprof', log }))
  await extension.start(nopHost(), never)
  const { url } = log.lines.at(-1)!.fields
  return {
    log,
    extension,
    url: (path: string) => new URL(path, `${url}`),
    ask: (path: string, init?: RequestInit) => fetch(new URL(path, `${url}`), init),
    [Symbol.asyncDispose]: () => extension.shutdown(never),
  }
}

/** Function names of a profile, and its types. */
function read(body: Uint8Array) {
  const profile = Profile.decode(gunzipSync(body))
  const text = (i: number | bigint) => profile.stringTable.strings[Number(i)]!
  return {
    names: new Set(profile.function.map(({ name }) => text(name))),
    types: profile.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`),
    seconds: Number(profile.durationNanos) / 1e9,
  }
}

const kept: string[][] = []
function takeTimeAndMemory(): void {
  const untilMs = performance.now() + 20
  const words: string[] = []
  for (let i = 0; performance.now() < untilMs; i++) words.push(`${i} of many`)
  kept.push(words.slice(0, 10_000))
}

/** Works until the answer is there. */
async function whileBusy(answer: Promise<Response>): Promise<Response> {
  let isOver = false
  void answer.finally(() => {
    isOver = true
  })
  while (!isOver) {
    takeTimeAndMemory()
    if (kept.length > 20) kept.shift()
    await turn()
  }
  return await answer
}

const s = suite('Pprof')
s('listens where the Collector does by default', () => {
  const { endpoint, save_to_file } = factory.config.parse({})
  assert.equal([endpoint, save_to_file], [{ host: 'localhost', port: 1777 }, ''])
})
for (const [name, types] of [
  ['profile', ['samples/count', 'cpu/nanoseconds']],
  ['heap', ['inuse_space/bytes']],
  ['allocs', ['alloc_space/bytes']],
] as const)
  s(`${name} has the function that took most, for as long as was asked`, async () => {
    await using running = await start()
    const response = await whileBusy(running.ask(`/debug/pprof/${name}?seconds=1`))
    assert.is(response.status, 200)
    const profile = read(new Uint8Array(await response.arrayBuffer()))
    assert.equal(profile.types, types)
    assert.ok(profile.names.has('takeTimeAndMemory'), [...profile.names].join())
    assert.ok(profile.seconds >= 0.99, `${profile.seconds}`)
  })
for (const query of ['seconds=0', 'seconds=301', 'seconds=1e1', 'seconds=', 'seconds=-1'])
  s(`answers 400 to ${query}`, async () => {
    await using running = await start()
    const response = await running.ask(`/debug/pprof/profile?${query}`)
    assert.is(response.status, 400)
    assert.match(await response.text(), 'seconds: must be a number from 1 to 300')
  })
s('takes one of a kind at a time, and ends it for who leaves', async () => {
  await using running = await start()
  const first = get(running.url('/debug/pprof/profile?seconds=300')).on('error', () => {})
  const status = async (path: string, method = 'HEAD') => (await running.ask(path, { method })).status
  await eventually(async () => (await status('/debug/pprof/profile')) === 409)
  assert.is(await status('/debug/pprof/profile?seconds=1', 'GET'), 409)
  assert.is(await status('/debug/pprof/heap?seconds=1', 'GET'), 200)
  first.destroy()
  await eventually(async () => (await status('/debug/pprof/profile')) === 200)
})
s('ends what is being taken when it stops', async () => {
  const running = await start()
  const request = get(running.url('/debug/pprof/heap?seconds=300'))
  const closed = once(request, 'error')
  const status = async () => (await running.ask('/debug/pprof/heap', { method: 'HEAD' })).status
  await eventually(async () => (await status()) === 409)
  await running.extension.shutdown(never)
  assert.is(((await closed) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET')
})
s('lists what there is, and takes no profile for HEAD', async () => {
  await using running = await start()
  assert.match(await (await running.ask('/debug/pprof/')).text(), '<a href="/debug/pprof/heap">')
  assert.is((await running.ask('/debug/pprof/profile', { method: 'HEAD' })).status, 200)
})
s('warns of keys that have no effect', async () => {
  await using running = await start({ mutex_profile_fraction: 3 })
  assert.equal(running.log.lines[0]!.fields, { key: 'mutex_profile_fraction' })
})

const file = suite('save_to_file')
file('has the CPU profile of the whole run once it has ended, in place of an older one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-pprof-'))
  const path = join(folder, 'cpu.pb.gz')
  writeFileSync(path, 'x'.repeat(1_000_000), { mode: 0o600 })
  try {
    const running = await start({ save_to_file: path })
    assert.is((await running.ask('/debug/pprof/profile?seconds=1')).status, 409)
    for (let i = 0; i < 20; i++) takeTimeAndMemory()
    await running.extension.shutdown(never)
    await running.extension.shutdown(never)
    assert.ok(statSync(path).size < 500_000)
    assert.ok(read(readFileSync(path)).names.has('takeTimeAndMemory'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
file(
  'is refused where everybody may write and has put another file there, and that file stays as it was',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'swoll-pprof-'))
    const [kept, path] = [join(folder, 'kept'), join(folder, 'cpu.pb.gz')]
    writeFileSync(kept, 'precious')
    linkSync(kept, path)
    chmodSync(folder, 0o777)
    try {
      const { message } = await rejects(start({ save_to_file: path }), 'COMPONENT_START_FAILED')
      assert.match(message, 'must not have a second name where everybody may write')
      assert.is(readFileSync(kept, 'utf8'), 'precious')
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
file('is refused at the start where it cannot be opened', async () => {
  await rejects(start({ save_to_file: '/nowhere/at/all' }), 'COMPONENT_START_FAILED')
})
file('is an error of the end where the disk is full', async () => {
  const running = await start({ save_to_file: '/dev/full' })
  await rejects(running.extension.shutdown(never), 'COMPONENT_STOP_FAILED')
})
s.run()
file.run()
