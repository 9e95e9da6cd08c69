#!/usr/bin/env node
/**
 * Makes dist/, what the published package runs: the sources compiled, and beside them, at the same places as in the checkout,
 * every file they open by a path relative to themselves.
 */
import { cpSync, globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './setup/error.mjs'
import { run } from './setup/exec.mjs'

const ASSETS = [
  'package.json',
  'otel-config/presets/*.yaml',
  'bpf/build/{accounting,trace}.bpf.o',
  'native/build/swoll.node',
  'native/build/swoll-launch',
]

process.chdir(new URL('..', import.meta.url).pathname)
rmSync('dist', { recursive: true, force: true })
if (!run('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json']))
  throw new SetupError('tsc failed (see above)')
for (const pattern of ASSETS) {
  const paths = globSync(pattern)
  if (paths.length === 0) throw new SetupError(`${pattern}: not built`, 'npm start')
  for (const path of paths) cpSync(path, join('dist', path))
}
