#!/usr/bin/env node
/**
 * Makes web/build/, the pages of the agent: one script and one style sheet, each also compressed, the page that loads them, and the
 * licences of the packages that are in the script. Set-up calls it; it needs the packages of the lock file and no network.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const OUT = 'web/build'
const LICENCE = /^(?:LICEN[CS]E|NOTICE)/i

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
const { metafile } = await build({
  entryPoints: [
    { in: 'web/main.tsx', out: 'charts' },
    { in: 'web/charts.css', out: 'charts' },
  ],
  outdir: OUT,
  bundle: true,
  minify: true,
  metafile: true,
  format: 'esm',
  platform: 'browser',
  target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none', // all of them are in licenses.txt
  logLevel: 'warning',
})
copyFileSync('web/index.html', join(OUT, 'index.html'))
writeFileSync(join(OUT, 'licenses.txt'), licences())
for (const name of ['charts.js', 'charts.css'])
  writeFileSync(join(OUT, `${name}.gz`), gzipSync(readFileSync(join(OUT, name)), { level: 9 }))

/** The licences and notices of the packages of which there is something in the script. */
function licences() {
  const folders = Object.keys(metafile.inputs).flatMap(
    path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [],
  )
  const parts = [...new Set(folders)].sort().map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const texts = [folder, join(folder, 'licenses')].flatMap(licencesIn)
    if (texts.length === 0) throw new Error(`${folder}: must have its licence beside it`)
    return [`${name} ${version} (${license})`, ...texts].join('\n\n')
  })
  return `The script of the pages contains parts of these packages.\n\n${parts.join(`\n\n${'-'.repeat(78)}\n\n`)}\n`
}

function licencesIn(folder) {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
    .filter(name => LICENCE.test(name) || folder.endsWith('/licenses'))
  return names.sort().map(name => readFileSync(join(folder, name), 'utf8').trim())
}
