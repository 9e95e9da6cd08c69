/** SIGHUP applies the file to a running agent, through the real command line and with real programs. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { waitFor } from '../e2e/kit/kubernetes/wait.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { freePort } from '../kit/free-port.ts'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup } from './kit/cgroup.ts'
import { scrapedCalls } from './kit/scraped-calls.ts'
import { runWorkload } from './kit/workload.ts'

requireAll(lacksBpf(), lacksRoot())

const CALLS = 10_007

interface Written {
  readonly ebpf?: object
  readonly drops?: boolean
  readonly exporters?: object
  readonly level?: string
  /** Keys of the extension health_check. */
  readonly health?: object
}

const toConfig = ({ ebpf = {}, drops = true, exporters = {}, level = 'info', health }: Written) =>
  JSON.stringify({
    receivers: { ebpf: { collection_interval: '200ms', ...ebpf } },
    exporters: { prometheus: { endpoint: '127.0.0.1:0' }, ...exporters },
    ...(health && { extensions: { health_check: health } }),
    service: {
      ...(health && { extensions: ['health_check'] }),
      pipelines: { metrics: { receivers: ['ebpf'], exporters: ['prometheus', ...Object.keys(exporters)] } },
      telemetry: { metrics: { level: 'none' }, logs: { level } },
      drop_capabilities: drops,
    },
  })

interface Scene {
  readonly swoll: RunningCli
  /** Writes the file, sends SIGHUP unless the agent watches it, and gives the log from then to its last line about that. */
  reload(text: string): Promise<string>
  /** Has a workload in the scene's cgroup make calls; resolves once all of them are counted. */
  countMore(): Promise<void>
}

async function withAgent(
  first: Written,
  use: (scene: Scene) => Promise<void>,
  options: readonly string[] = [],
): Promise<void> {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const path = scratch.write('agent.yaml', toConfig(first))
  using swoll = new RunningCli(['collector', '--config', path, ...options])
  const [, url] = await swoll.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
  await swoll.logged(/Everything is ready/)
  let made = 0
  await use({
    swoll,
    async reload(text) {
      const at = swoll.stderr.length
      scratch.write('agent.yaml', text)
      if (!options.includes('--watch-config')) swoll.kill('SIGHUP')
      await waitFor('the answer', async () =>
        /The configuration is (not )?applied.*\n/.test(swoll.stderr.slice(at)),
      )
      return swoll.stderr.slice(at)
    },
    async countMore() {
      const { expected } = await runWorkload(cgroup, 'threads', '2', String(CALLS))
      made += expected.find(({ syscall }) => syscall === 'getppid')!.calls
      await waitFor(`${made} calls`, async () => (await scrapedCalls(url!, cgroup.name)) === made)
    },
  })
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0, swoll.stderr)
}

const s = suite('SIGHUP')
s('applies another interval and another exporter, and counting goes on', () =>
  withAgent({}, async ({ reload, countMore }) => {
    await countMore()
    const said = await reload(
      toConfig({ ebpf: { collection_interval: '500ms' }, exporters: { debug: { verbosity: 'basic' } } }),
    )
    assert.match(said, /The configuration is applied .*"added":\["exporters::debug"\]/)
    assert.match(said, /"replaced":\["receivers::ebpf"\]/)
    await countMore()
    assert.match(await reload(toConfig({})), /"removed":\["exporters::debug"\]/)
    await countMore()
  }),
)
s('says all that is wrong with a file, and changes nothing', () =>
  withAgent({}, async ({ reload, countMore }) => {
    await countMore()
    const said = await reload(toConfig({ ebpf: { ring_size: 5, latency: 'fast' } }))
    assert.match(said, /receivers::ebpf::ring_size: must be /)
    assert.match(said, /receivers::ebpf::latency: /)
    assert.match(said, /The configuration is not applied: everything goes on as it was/)
    await countMore()
  }),
)
s('without capabilities it refuses what the kernel must be asked for, and counting goes on', () =>
  withAgent({}, async ({ reload, countMore }) => {
    await countMore()
    const said = await reload(toConfig({ ebpf: { ring_size: '1MiB' }, exporters: { debug: {} } }))
    assert.match(said, /receivers::ebpf: ring_size: must be loaded into the kernel anew; .*missing CAP_BPF/)
    assert.match(said, /service::drop_capabilities: .*restart it to apply this/)
    assert.match(said, /not applied/)
    await countMore()
  }),
)
s('with them it loads other programs, which count from then on', () =>
  withAgent({ drops: false }, async ({ swoll, reload }) => {
    const said = await reload(toConfig({ drops: false, ebpf: { ring_size: '1MiB', latency: 'off' } }))
    assert.match(said, /The configuration is applied/)
    await swoll.logged(/counting system calls .*"latency":"off"/)
    await waitFor('one set of programs', async () => !/degraded/.test(swoll.stderr))
  }),
)
s('says what a running agent cannot change', () =>
  withAgent({}, async ({ reload }) => {
    const said = await reload(toConfig({ level: 'debug', drops: false }))
    assert.match(said, /service::telemetry::logs: cannot change while the agent runs/)
    assert.match(said, /service::drop_capabilities: what was given up does not come back/)
    assert.match(said, /The configuration is applied/)
  }),
)
s('stays live and ready while it applies', async () => {
  const port = await freePort()
  const health = { endpoint: `127.0.0.1:${port}` }
  await withAgent({ health }, async ({ reload }) => {
    let isOver = false
    const asked = (async () => {
      const answers = new Set<number>()
      while (!isOver)
        for (const path of ['livez', 'readyz'])
          answers.add((await fetch(`http://127.0.0.1:${port}/${path}`)).status)
      return [...answers]
    })()
    for (const collection_interval of ['300ms', '400ms', '500ms'])
      await reload(toConfig({ health, ebpf: { collection_interval } }))
    isOver = true
    assert.equal(await asked, [200])
  })
})
s('applies once after many signals, and stops while it applies', () =>
  withAgent({}, async ({ swoll }) => {
    for (let i = 0; i < 20; i++) {
      swoll.kill('SIGHUP')
      await delay(5)
    }
  }),
)
s.run()

const watching = suite('--watch-config')
watching('applies a file that changes, refuses a wrong one, and counting goes on', () =>
  withAgent(
    {},
    async ({ reload, countMore }) => {
      await countMore()
      const said = await reload(toConfig({ exporters: { debug: { verbosity: 'basic' } } }))
      assert.match(said, /files have changed .*agent\.yaml/)
      assert.match(said, /The configuration is applied .*"added":\["exporters::debug"\]/)
      await countMore()
      assert.match(await reload('receivers: {ebpf: {'), /The configuration is not applied/)
      await countMore()
      assert.match(await reload(toConfig({})), /"removed":\["exporters::debug"\]/)
      await countMore()
    },
    ['--watch-config'],
  ),
)
watching.run()
