/**
 * The size of the house: rooms, files, functions and what the layers let through; without tests and generated files.
 *
 *     npm run bench -- house
 *     node_modules/.bin/node test/bench/house.bench.ts [CHECKOUT [NAME=PATTERN,PATTERN…]…]
 *
 * CHECKOUT may be another one, to compare. NAME=PATTERN adds a line with the size of the files that fit, such as
 * `otlp='otlp/**'`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { deadExports } from '../kit/exports.ts'
import { longFunctions } from '../kit/functions.ts'
import { importsOf, type Source } from '../kit/layers.ts'
import { quantile } from './kit/stats.ts'
import { toTable } from './kit/table.ts'

const LANGUAGES = { TypeScript: /\.(ts|mjs)$/, C: /\.c$|^(bpf|native\/launch)\/.*\.h$/, 'C++': /\.(cc|h)$/ }
const LIMIT = 40
const HARD_TO_PARSE = /^\s*(?:\/\*\*?|\*|\/\/) ?(?:What|Of) /gm

const [root = '.', ...sets] = process.argv.slice(2)
const all = readSources(root)
const sources = all.filter(({ path }) => !path.startsWith('test/'))
const total = linesOf(sources)
const percent = (part: number) => `${((100 * part) / total).toFixed(1)} %`
const count = (n: number) => n.toLocaleString('en')

printRooms()
printLanguages()
printFigures()

function printRooms(): void {
  const rooms = [...Map.groupBy(sources, ({ path }) => path.split('/')[0]!)]
  rooms.sort(([, a], [, b]) => linesOf(b) - linesOf(a))
  const rows = rooms.map(([room, files]) => [
    room,
    count(files.length),
    count(linesOf(files)),
    percent(linesOf(files)),
  ])
  print(['room', 'files', 'lines', 'share'], [...rows, ['all', count(sources.length), count(total), '']])
}

function printLanguages(): void {
  const languages = Map.groupBy(sources, ({ path }) => languageOf(path)!)
  const rows = [...languages].map(([language, files]) => {
    const sizes = files.map(source => linesOf([source]))
    const [median, most] = [0.5, 0.95].map(share => count(Math.round(quantile(sizes, share))))
    return [language, count(files.length), count(linesOf(files)), median!, most!]
  })
  print(['language', 'files', 'lines', 'median file', '95 %'], rows)
}

function printFigures(): void {
  const long = longFunctions(sources, LIMIT)
  const fromCli = sources.filter(({ path }) => path.startsWith('cli/')).flatMap(importsOf)
  const comments = sources.flatMap(({ text }) => text.match(HARD_TO_PARSE) ?? [])
  const rows = [
    ['imports from cli/ into receiver/', fromCli.filter(path => path.startsWith('receiver/')).length],
    [`functions over ${LIMIT} lines`, long.length],
    ['exports that nothing imports', deadExports(all).length],
    ['comments that begin with What or Of', comments.length],
    ['lines of tests', linesOf(all) - total],
    ...sets.map((set): [string, number] => {
      const [name = '', patterns = ''] = set.split('=')
      const files = sources.filter(({ path }) => patterns.split(',').some(glob => matchesGlob(path, glob)))
      return [`${name}, ${files.length} files: lines`, linesOf(files)]
    }),
  ] as const
  print(
    ['', ''],
    rows.map(([name, figure]) => [name, count(figure)]),
  )
  for (const { path, line, lines } of long) process.stdout.write(`  ${path}:${line}: ${lines} lines\n`)
}

function readSources(checkout: string): Source[] {
  const paths = execFileSync('git', ['-C', checkout, 'ls-files'], { encoding: 'utf8' }).trim().split('\n')
  return paths
    .filter(path => languageOf(path) && !path.includes('/generated/') && !path.startsWith('test/fixtures/'))
    .map(path => ({ path, text: readFileSync(join(checkout, path), 'utf8') }))
}

function languageOf(path: string): string | undefined {
  return Object.entries(LANGUAGES).find(([, pattern]) => pattern.test(path))?.[0]
}

function linesOf(files: readonly Source[]): number {
  return files.reduce((lines, { text }) => lines + text.split('\n').length - 1, 0)
}

function print(head: readonly string[], rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${toTable(head, rows)}\n\n`)
}
