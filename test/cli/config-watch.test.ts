import { mkdirSync, mkdtempDisposableSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { ConfigWatch } from '../../cli/config-watch.ts'
import { loadConfig } from '../../otel-config/load.ts'
import { fakeClock } from '../kit/clock.ts'

/** A watch, and a look that resolves to the files that it told. */
async function watching(read: (note: (path: string) => void) => Promise<unknown>) {
  const watch = new ConfigWatch(fakeClock())
  await watch.follow(read)
  const look = async () => {
    let told: readonly string[] = []
    await watch.look(files => {
      told = files
    })
    return told
  }
  return { watch, look }
}

const folderOf = () => mkdtempDisposableSync(join(tmpdir(), 'swoll-watch-'))

const s = suite('ConfigWatch')
s('tells of a change once two looks have found the same', async () => {
  using folder = folderOf()
  const path = join(folder.path, 'a.yaml')
  writeFileSync(path, 'a')
  const { watch, look } = await watching(async note => note(path))
  assert.equal(await look(), [])
  writeFileSync(path, 'half')
  assert.equal(await look(), [])
  writeFileSync(path, 'half of it')
  assert.equal(await look(), [], 'is still being written')
  assert.equal(await look(), [path])
  await watch.follow(async note => note(path))
  assert.equal([await look(), await look()], [[], []])
})
s('tells nothing where the first content comes back', async () => {
  using folder = folderOf()
  const path = join(folder.path, 'a.yaml')
  writeFileSync(path, 'a')
  const { look } = await watching(async note => note(path))
  writeFileSync(path, 'b')
  assert.equal(await look(), [])
  writeFileSync(path, 'a')
  assert.equal([await look(), await look()], [[], []])
})
s('sees what Kubernetes does to a volume, and files that come and go', async () => {
  using folder = folderOf()
  const at = (name: string) => join(folder.path, name)
  for (const version of ['1', '2']) {
    mkdirSync(at(version))
    writeFileSync(join(at(version), 'agent.yaml'), version)
  }
  symlinkSync('1', at('..data'))
  symlinkSync('..data/agent.yaml', at('agent.yaml'))
  const paths = [at('agent.yaml'), at('later.yaml')]
  const { watch, look } = await watching(async note => paths.forEach(note))
  symlinkSync('2', at('..new'))
  renameSync(at('..new'), at('..data'))
  assert.equal([await look(), await look()], [[], [paths[0]]])
  await watch.follow(async note => paths.forEach(note))
  writeFileSync(paths[1]!, 'here')
  assert.equal([await look(), await look()], [[], [paths[1]]])
  await watch.follow(async note => paths.forEach(note))
  rmSync(paths[0]!)
  assert.equal([await look(), await look()], [[], [paths[0]]])
})
s('never reads what is no file, or too large', async () => {
  using folder = folderOf()
  const large = join(folder.path, 'large')
  writeFileSync(large, Buffer.alloc(2 ** 20 + 1))
  const { look } = await watching(async note => ['/dev/zero', '/dev/stdin', folder.path, large].forEach(note))
  assert.equal([await look(), await look()], [[], []])
})
s('a change while the configuration is being read is told afterwards', async () => {
  using folder = folderOf()
  const path = join(folder.path, 'a.yaml')
  writeFileSync(path, 'a')
  const { look } = await watching(async note => {
    note(path)
    writeFileSync(path, 'b')
  })
  assert.equal([await look(), await look()], [[], [path]])
})
s('watches all files that a configuration is made of, also one that is wrong', async () => {
  using folder = folderOf()
  const at = (name: string) => join(folder.path, name)
  writeFileSync(at('b.yaml'), `exporters: {debug: {verbosity: "\${file:${at('word')}}"}}`)
  writeFileSync(at('word'), 'loud')
  const registry = await loadRegistry()
  const sources = [at('missing.yaml'), `file:${at('b.yaml')}`, 'yaml:service: {}']
  const read = (given: readonly string[]) => (noteFile: (path: string) => void) =>
    loadConfig({ sources: given, registry, noteFile }).catch(() => {})
  const { watch } = await watching(read(sources))
  assert.equal(watch.files, [at('missing.yaml'), at('b.yaml')])
  await watch.follow(read(sources.slice(1)))
  assert.equal(watch.files, [at('b.yaml'), at('word')])
})
s('looks every two seconds until it is stopped', () => {
  const clock = fakeClock()
  const stop = new ConfigWatch(clock).start(() => {})
  assert.is(clock.pending(), 1)
  stop()
  assert.is(clock.pending(), 0)
})
s.run()
