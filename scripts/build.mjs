#!/usr/bin/env node
/**
 * Makes dist/, what the published package runs: swoll's own sources as one program in a few files, which start in half the time of
 * the many, and beside them, at the same places as in the checkout, every file that native/program-files.ts is asked for. Packages
 * are left where npm puts them, with their licences. The client library is there with its types.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { SetupError } from './setup/error.mjs'

const ASSETS = [
  'package.json',
  'otel-config/presets/*.yaml',
  'extensions/trace_api/pages/*.{js,css}',
  'bpf/build/{accounting,trace,in_flight}.bpf.o',
  'native/build/swoll.node',
  'native/build/swoll-launch',
  'web/build/*',
]

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: ['cli/main.ts', 'client/client.ts'],
  outbase: '.',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true, // what a command does not need is not loaded
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
})
writeTypes()
for (const pattern of ASSETS) {
  const paths = globSync(pattern)
  if (paths.length === 0) throw new SetupError(`${pattern}: not built`, 'npm start')
  for (const path of paths) cpSync(path, join('dist', path))
}
writeFileSync('dist/commit', `${readCommit()}\n`)

/** Declarations of the library, and of what its own declarations name. */
function writeTypes() {
  const { status } = spawnSync('node_modules/.bin/tsc', ['-p', 'scripts/tsconfig.types.json'], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new SetupError('dist/types: not written, for the errors above', 'npm run types')
}

/** Returns the commit of the sources: from the environment (in an image there is no .git), else from git. */
function readCommit() {
  if (process.env.SWOLL_COMMIT) return process.env.SWOLL_COMMIT
  const { status, stdout } = spawnSync(
    'git',
    ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'],
    {
      encoding: 'utf8',
    },
  )
  return status === 0 ? stdout.trim() : 'unknown'
}
