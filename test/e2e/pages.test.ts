/** The pages of a real agent under load, in Chromium: numbers of this machine, its calls as they happen, its calls in flight. */
import { spawn } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { VIEWS } from '../../web/state.ts'
import { type Browser, startBrowser } from '../kit/browser.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { eventually } from '../kit/consumers.ts'
import { freePorts } from '../kit/free-port.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { click, DESK, findBarriers, keepPicture, openView, shown, textOf } from '../web/kit.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('chromium'))

/** Fails, works and waits; some calls of each in every collection. */
const LOAD = `for (;;) {
  try { require('fs').readFileSync('/proc/self/environ-of-nobody') } catch {}
  try { require('fs').mkdirSync('/proc/nowhere') } catch {}
  require('fs').readFileSync('/proc/self/stat')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}`

interface Rig extends AsyncDisposable {
  readonly url: string
  readonly browser: Browser
}

/** An agent with everything that the pages can show, and a program to be seen. */
async function startRig(): Promise<Rig> {
  await using stack = new AsyncDisposableStack()
  const scratch = stack.use(new Scratch())
  const [port] = await freePorts(1)
  const config = scratch.write(
    'agent.yaml',
    `receivers: {ebpf: {collection_interval: 1s}}
processors: {syscall: {}}
exporters: {charts: {endpoint: '127.0.0.1:${port}'}}
extensions: {trace_api: {endpoint: '127.0.0.1:${port}'}}
service:
  extensions: [trace_api]
  pipelines: {metrics: {receivers: [ebpf], processors: [syscall], exporters: [charts]}}
  telemetry: {metrics: {level: none}}
`,
  )
  const agent = stack.use(new RunningCli(['collector', '--config', config]))
  await agent.logged(/Everything is ready/)
  const load = spawn(process.execPath, ['-e', LOAD], { stdio: 'ignore' })
  stack.defer(() => void load.kill('SIGKILL'))
  const browser = stack.use(await startBrowser())
  await browser.resize(...DESK)
  const rest = stack.move()
  return { url: `http://127.0.0.1:${port}`, browser, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

const pages = suite('the pages of an agent')

pages('show what this machine does, from nobody else, within a second, against no rule', async () => {
  await using rig = await startRig()
  const { browser, url } = rig
  await openView(browser, url, '#overview?window=1m')
  await eventually(
    async () =>
      (await textOf(browser)).includes('Trouble first') && /\d( k)?\/s/.test(await textOf(browser, 'dl')),
  )
  await browser.open('about:blank')
  const before = performance.now()
  await openView(browser, url, '#overview?window=1m')
  await eventually(async () => /\d( k)?\/s/.test(await textOf(browser, 'dl')))
  process.stdout.write(`first numbers after ${Math.round(performance.now() - before)} ms\n`)
  await eventually(async () => (await textOf(browser, '#trouble ~ .table')).includes('mkdirENOENT'))
  for (const view of VIEWS) {
    await openView(browser, url, `#${view}?window=1m`)
    for (const scheme of ['light', 'dark'] as const) {
      await keepPicture(browser, `agent-${view}-${scheme}`, { scheme })
      assert.equal(await findBarriers(browser), [], `${view}, ${scheme}`)
    }
  }
  const elsewhere = browser.requests.filter(each => !each.startsWith(url) && !/^(about|data):/.test(each))
  assert.equal(elsewhere, [])
  assert.equal(browser.complaints, [])
})

pages('show calls as they happen, and end the trace with the page', async () => {
  await using rig = await startRig()
  const { browser, url } = rig
  await openView(browser, url, '#trace?syscalls=mkdir&errors=ENOENT')
  await click(browser, 'form button.main')
  await eventually(async () => (await textOf(browser, '.calls tbody')).includes('mkdir("/proc/nowhere"'))
  await click(browser, 'button.call')
  await eventually(async () => (await textOf(browser, '.detail')).includes('Register'))
  await keepPicture(browser, 'agent-trace-live', { scheme: 'light' })
  const running = async () =>
    Object.keys(((await (await fetch(`${url}/jobs`)).json()) as { running: object }).running)
  assert.is((await running()).length, 1)
  await browser.evaluate(`location.hash = '#stuck'`)
  await eventually(async () => (await running()).length === 0)
  await shown(browser)
  assert.equal(browser.complaints, [])
})

pages('show the calls that threads are in, of all or of a unit, as the API tells them', async () => {
  await using rig = await startRig()
  const { browser, url } = rig
  await openView(browser, url, '#stuck?min=100ms&waiting=1')
  await eventually(async () =>
    /(futex|poll|epoll_wait|wait4|nanosleep)\(/.test(await textOf(browser, 'tbody')),
  )
  await keepPicture(browser, 'agent-stuck-live', { scheme: 'light' })
  await openView(browser, url, '#stuck?min=100ms&waiting=1&where.unit=nothing.service')
  await eventually(async () => (await textOf(browser)).includes('Nothing hangs'))
  assert.equal(browser.complaints, [])
})
pages.run()
