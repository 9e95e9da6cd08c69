/**
 * swoll as an image for pods that run its commands: the sources with all packages in one file, beside Node. What a release puts into
 * its image is made, and run, by test/e2e/image.test.ts.
 */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Image, withLibraries } from './image.ts'

const ROOT = join(import.meta.dirname, '../../../..')
export const SWOLL_IMAGE = 'swoll.test/swoll:1'

/** Packages made for CommonJS ask for a `require`, which modules have not. */
const REQUIRE = `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)`

/** A module that exports nothing. */
const NOTHING = 'data:text/javascript,export default undefined'

/** Writes the files into the folder. */
export async function bundleSwoll(folder: string): Promise<Image> {
  const outdir = join(folder, 'swoll')
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['cli/main.ts'],
    outbase: '.',
    outdir,
    bundle: true, // in one file: with several, packages made for CommonJS lose their names
    external: ['*.node'],
    alias: { 'react-devtools-core': NOTHING }, // which ink imports where somebody develops with it, and is not installed
    banner: { js: REQUIRE },
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'error',
  })
  const bundled = globSync('**/*.js', { cwd: outdir }).map(path => [`/swoll/${path}`, join(outdir, path)])
  return {
    name: SWOLL_IMAGE,
    files: {
      ...withLibraries(process.execPath),
      ...Object.fromEntries(bundled),
      '/swoll/package.json': join(ROOT, 'package.json'),
    },
    entrypoint: [process.execPath, '/swoll/cli/main.js'],
  }
}

/** The same with what the agent needs besides: kernel programs, the addon and the pages. */
export async function bundleAgent(folder: string): Promise<Image> {
  const image = await bundleSwoll(folder)
  const built = [
    ...['accounting', 'trace', 'in_flight'].map(name => `bpf/build/${name}.bpf.o`),
    'native/build/swoll.node',
    ...globSync('web/build/*', { cwd: ROOT }),
  ]
  return {
    ...image,
    files: {
      ...image.files,
      ...withLibraries(join(ROOT, 'native/build/swoll.node')),
      ...Object.fromEntries(built.map(path => [`/swoll/${path}`, join(ROOT, path)])),
    },
  }
}
