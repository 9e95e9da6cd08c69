/** Calls that began before counting did, of processes that the counting one's pid namespace does not have: as in a pod without `hostPID`. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, lacksCommand, requireAll } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'

requireAll(lacksBpf(), lacksCommand('unshare'))

const READERS = 20
const COUNTING = join(import.meta.dirname, '../kit/count-in-namespace.ts')

type Reader = ChildProcessByStdio<Writable, null, null>

/** A process of the cgroup that has begun to read. */
async function startReader(cgroup: Cgroup): Promise<Reader> {
  const reader = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })
  writeFileSync(join(cgroup.path, 'cgroup.procs'), `${reader.pid}`)
  while (!readFileSync(`/proc/${reader.pid}/syscall`, 'utf8').startsWith('0 ')) await delay(5)
  return reader
}

const s = suite('calls from before, of other pid namespaces')
for (const [name, wrap] of [
  ['among all', []],
  ['in a pid namespace of its own', ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']],
] as const)
  s(`return, and are not taken for denied ones: ${name}`, async () => {
    await using cgroup = Cgroup.create()
    const readers: Reader[] = []
    for (let i = 0; i < READERS; i++) readers.push(await startReader(cgroup))
    const [program, ...args] = [...wrap, process.execPath, COUNTING, String(cgroup.id)]
    const counting = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: counting.stdout as Readable })[Symbol.asyncIterator]()
    assert.is((await lines.next()).value, 'counts')
    // Each old call ends; the next one finds the end of the input.
    const ended = readers.map(reader => once(reader, 'exit'))
    for (const reader of readers) reader.stdin.end('a line\n')
    await Promise.all(ended)
    counting.stdin.write('stop\n')
    const { ends, attached, unaccounted } = JSON.parse((await lines.next()).value!)
    assert.equal(ends, [['returned', 'OK', 2 * READERS]])
    assert.ok(attached >= READERS, `${attached}`)
    assert.is(unaccounted, 0)
    await once(counting, 'exit')
  })
s.run()
