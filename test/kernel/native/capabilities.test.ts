/** The agent runs with no other capabilities than those it asks for, and says so of fewer. */
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../../kit/skip.ts'

requireAll(lacksBpf(), lacksRoot(), lacksCommand('setpriv'))

const href = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href)

/** Starts a receiver and shuts it down; prints what its metrics sink got, or why it did not start. */
const RECEIVER = `
  import { EbpfReceiver } from ${href('receiver/ebpf/receiver.ts')}
  import { config } from ${href('receiver/ebpf/config.ts')}
  import { createContext, never, nopHost } from ${href('test/kit/context.ts')}
  import { sink } from ${href('test/kit/consumers.ts')}
  const metrics = sink()
  const receiver = new EbpfReceiver(createContext(config.parse({})), { metrics })
  const failure = await receiver.start(nopHost()).catch(error => error)
  await receiver.shutdown(never)
  console.log(failure ? failure.code + ' ' + failure.message : metrics.batches[0].tables[0].rows > 0)`

const LOAD = `
  import { BpfObject } from ${href('native/bpf-object.ts')}
  const object = new BpfObject('bpf/build/accounting.bpf.o')
  try { object.load(); console.log('loaded') } catch (error) { console.log(error.code, error.errno) }`

function runWith(capabilities: string, source: string): string {
  const { stdout, stderr, status } = spawnSync(
    'setpriv',
    [`--bounding-set=-all${capabilities}`, process.execPath, '--input-type=module', '-e', source],
    { encoding: 'utf8' },
  )
  assert.is(status, 0, stderr)
  return stdout.trim()
}

const s = suite('capabilities')
s('CAP_BPF and CAP_PERFMON are enough to count', () => {
  assert.is(runWith(',+bpf,+perfmon', RECEIVER), 'true')
})
for (const [name, capabilities, missing] of [
  ['CAP_BPF alone', ',+bpf', 'CAP_PERFMON'],
  ['none', '', 'CAP_BPF and CAP_PERFMON'],
] as const)
  s(`with ${name} the receiver says what is missing`, () => {
    const said = runWith(capabilities, RECEIVER)
    assert.match(said, /^HOST_UNSUPPORTED privileges: must include CAP_BPF and CAP_PERFMON, missing /)
    assert.ok(said.includes(`missing ${missing};`), said)
  })
s('without any the kernel refuses to load, and the error has its number', () => {
  assert.is(runWith('', LOAD), 'NATIVE_BPF_LOAD_FAILED 1')
})
s.run()
