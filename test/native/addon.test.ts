/** The addon loads wherever it is asked for, and says how to build it where it is not there. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyTable, possibleCpus } from '../../native/bpf-object.ts'
import { cgroupPath } from '../../native/process.ts'
import { failureOf } from '../kit/rejects.ts'
import { lacksFile, requireAll } from '../kit/skip.ts'

requireAll(lacksFile('native/build/swoll.node'), lacksFile('bpf/build/accounting.bpf.o'))

const SOURCES = [
  'package.json',
  'native/addon.ts',
  'native/bpf-object.ts',
  'native/generated/layout.ts',
  'native/process.ts',
  'native/program-files.ts',
  'pipeline/errors.ts',
]

type Native = typeof import('../../native/bpf-object.ts') & typeof import('../../native/process.ts')

/** Runs with the wrapper at a place of its own, where `addon` is what was built; undefined: nothing was. */
async function withAddon(addon: string | undefined, run: (native: Native) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-addon-'))
  try {
    for (const path of SOURCES) cpSync(path, join(folder, path))
    mkdirSync(join(folder, 'native/build'))
    if (addon !== undefined) writeFileSync(join(folder, 'native/build/swoll.node'), addon)
    const [object, cgroup] = ['native/bpf-object.ts', 'native/process.ts'].map(
      path => import(join(folder, path)),
    )
    run({ ...(await object), ...(await cgroup) })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const missing = suite('where it cannot be loaded')
for (const [name, addon] of [
  ['was not built', undefined],
  ['was built for something else', 'MZ: another system'],
] as const)
  missing(`says that it ${name}, whatever is asked first`, () =>
    withAddon(addon, ({ BpfObject, possibleCpus, cgroupPath, enableStats }) => {
      const uses = [
        () => possibleCpus(),
        () => new BpfObject('a.bpf.o'),
        () => cgroupPath('/', 1n),
        enableStats,
      ]
      for (const use of uses) {
        const error = failureOf(use)
        assert.is(error.code, 'NATIVE_ADDON_MISSING', `${use}: ${error}`)
        assert.match(error.message, /^native addon: must be built .*swoll\.node: .*; run "npm run native"$/)
      }
    }),
  )
missing.run()

/** Opens, asks and closes in a thread of its own; gives what possibleCpus said. */
function useInWorker(): Promise<number> {
  const source = `
    import { parentPort } from 'node:worker_threads'
    import { BpfObject, possibleCpus } from ${JSON.stringify(new URL('../../native/bpf-object.ts', import.meta.url).href)}
    for (let i = 0; i < 20; i++) {
      const object = new BpfObject('bpf/build/accounting.bpf.o')
      object.mapInfo('books_by_cpu')
      if (i % 2) object.close() // the others are left to the end of the thread
    }
    parentPort.postMessage(possibleCpus())`
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
  return new Promise((resolve, reject) => {
    let answer = Number.NaN
    worker.on('message', value => {
      answer = value
    })
    worker.on('error', reject)
    worker.on('exit', () => resolve(answer))
  })
}

const threads = suite('threads')
threads('use it at the same time, and end without closing', async () => {
  const answers = await Promise.all([useInWorker(), useInWorker(), useInWorker()])
  assert.equal(answers, new Array(3).fill(possibleCpus()))
})
threads.run()

const small = suite('without an object')
small('knows at least one possible CPU', () => {
  assert.ok(Number.isInteger(possibleCpus()) && possibleCpus() >= 1)
})
small('knows no cgroup below a folder that is none, or that is not there', () => {
  assert.is(cgroupPath('/proc', 1n), undefined)
  assert.is(cgroupPath('/absent', 1n), undefined)
})
small('says the same of the memory of a thread as of its own', () => {
  assert.throws(
    () => copyTable(new SharedArrayBuffer(4096) as unknown as ArrayBuffer, new ArrayBuffer(4096), 1),
    /must be an ArrayBuffer/,
  )
})
small.run()
