/** Runs every bench of this folder (or those whose name contains an argument), one after the other, and prints their tables. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { cpus, release, type } from 'node:os'
import { join } from 'node:path'

const folder = import.meta.dirname
const wanted = process.argv.slice(2)
const files = globSync('*.bench.ts', { cwd: folder })
  .filter(file => wanted.length === 0 || wanted.some(text => file.includes(text)))
  .sort()

process.stdout.write(
  `${type()} ${release()}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`,
)
for (const file of files) {
  process.stdout.write(`\n== ${file}\n`)
  const { status } = spawnSync(process.execPath, [...process.execArgv, join(folder, file)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
