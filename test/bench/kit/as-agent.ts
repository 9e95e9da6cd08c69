/** Benchmarks of memory run as the agent does: with the flags of Node and the settings of the allocator that `bin/swoll` gives it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const LAUNCHER = new URL('../../../bin/swoll', import.meta.url)

/** Runs the script anew with them, and ends this process when it ends; returns in the new one. Throws if the launcher has no such lines. */
export function asAgent(): void {
  const script = readFileSync(LAUNCHER, 'utf8')
  const flags = /^flags='(.*)'$/m.exec(script)![1]!.split(' ')
  if (flags.every(flag => process.execArgv.includes(flag))) return
  const settings = script.matchAll(/(MALLOC_\w+)="\$\{\w+:-(\d+)\}"/g)
  const environment = Object.fromEntries([...settings].map(([, name, value]) => [name!, value!]))
  const { status } = spawnSync(process.execPath, [...flags, ...process.argv.slice(1)], {
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  })
  process.exit(status ?? 1)
}
