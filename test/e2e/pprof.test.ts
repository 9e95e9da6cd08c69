/** `go tool pprof` reads the profiles of a running agent. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli } from '../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('go'))

const CONFIG = `yaml:
receivers: {ebpf: {collection_interval: 200ms}}
exporters: {debug: {}}
extensions: {pprof: {endpoint: '127.0.0.1:0'}}
service:
  extensions: [pprof]
  telemetry: {metrics: {level: none}}
  pipelines: {metrics: {receivers: [ebpf], exporters: [debug]}}
`

const s = suite('go tool pprof')
s('reads each kind of profile, and the functions of the agent', async () => {
  using agent = new RunningCli(['collector', '--config', CONFIG])
  const url = (await agent.logged(/"url":"(\S+\/debug\/pprof\/)"/))[1]!
  await agent.logged(/Everything is ready/)
  const home = mkdtempSync(join(tmpdir(), 'swoll-pprof-'))
  try {
    for (const [name, type] of [
      ['profile', 'cpu'],
      ['heap', 'inuse_space'],
      ['allocs', 'alloc_space'],
    ]) {
      const args = ['tool', 'pprof', '-top', '-nodecount=500', `${url}${name}?seconds=3`]
      const env = { ...process.env, PPROF_TMPDIR: home }
      const text = execFileSync('go', args, { env, encoding: 'utf8', stdio: 'pipe' })
      assert.match(text, `Type: ${type}`)
      assert.match(text, /Duration: \d/)
      if (name === 'allocs') assert.match(text, /#collect/) // of the others a quiet agent has few samples
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
s.run()
