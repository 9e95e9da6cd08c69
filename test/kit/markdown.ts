/** The checkable statements in the repository's Markdown files: links, paths, and configurations. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { parse } from 'yaml'

export interface Document {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** Names of folders that a build makes, and so a fresh clone lacks. */
const MADE = new Set(['node_modules', 'dist', 'build', '.cache'])
const isMade = (path: string): boolean => path.split('/').some(name => MADE.has(name))

/** Every Markdown file of the repository, sorted. */
export function readDocuments(): Document[] {
  return globSync('**/*.md', { exclude: path => MADE.has(basename(path)) })
    .sort()
    .map(path => ({ path, text: readFileSync(path, 'utf8') }))
}

/** Code between fences of one language, in order. */
export function blocksOf({ text }: Document, language: string): string[] {
  return [...text.matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)]
    .filter(match => match[1] === language)
    .map(match => match[2]!)
}

const withoutBlocks = (text: string): string => text.replace(/^```.*?^```$/gms, '')

/** Links to files that are not there, or to headings that their file lacks. Links to the web are not looked at. */
export function brokenLinks({ path, text }: Document): string[] {
  const prose = withoutBlocks(text).replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]!)
  return targets.filter(target => !/^[a-z]+:/.test(target) && !isReachable(path, target, text))
}

function isReachable(from: string, target: string, own: string): boolean {
  const [file = '', heading] = target.split('#')
  const path = posix.join(posix.dirname(from), file)
  if (file !== '' && !existsSync(path)) return false
  if (heading === undefined) return true
  return headingsOf(file === '' ? own : readFileSync(path, 'utf8')).includes(heading)
}

/** Returns the headings in the form that GitHub has in links. */
function headingsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/**
 * Paths of this repository, in backticks or in a block of shell commands, that are not there: from the root, or from the
 * document's folder. `<words>` and `*` stand for any name, `{a,b}` for both. A bare name of a source file must be some file's.
 */
export function missingPaths(document: Document): string[] {
  const code = [...withoutBlocks(document.text).matchAll(/`([^`\n]+)`/g)].map(match => match[1]!)
  const words = [...code, ...blocksOf(document, 'sh')].flatMap(text => text.split(/[\s'"()|]+/))
  return [...new Set(words)]
    .map(word => word.replace(/[,;:]$/, ''))
    .filter(word => /^[\w.<{][\w.@*<>{},/-]*$/.test(word) && !isMade(word))
    .flatMap(expandBraces)
    .filter(path => !isThere(path, posix.dirname(document.path)))
}

function expandBraces(path: string): string[] {
  const [, before, choices, after] = /^(.*?)\{([^{}]*)\}(.*)$/.exec(path) ?? []
  return choices?.split(',').flatMap(choice => expandBraces(`${before}${choice}${after}`)) ?? [path]
}

const SOURCE = /[\w>*]\.(ts|mjs|cc|bpf\.[ch]|md)$/
const top = readdirSync('.')
/** File names of the whole tree; read when first needed. */
let names: ReadonlySet<string> | undefined

/** True also for what is no path of this repository. */
function isThere(path: string, folder: string): boolean {
  const pattern = path.replace(/<[^<>]*>/g, '*')
  if (!path.includes('/')) {
    names ??= new Set(
      globSync('**/*', { exclude: name => MADE.has(basename(name)) }).map(name => basename(name)),
    )
    return !SOURCE.test(path) || pattern.includes('*') || names.has(path)
  }
  const isOurs = top.includes(path.slice(0, path.indexOf('/'))) || path.endsWith('/') || SOURCE.test(path)
  return !isOurs || ['.', folder].some(from => globSync(join(from, pattern)).length > 0)
}

const SECTIONS = ['receivers', 'processors', 'exporters', 'service']
const REST =
  'yaml:{receivers: {ebpf: }, exporters: {debug: }, service: {pipelines: {metrics: {receivers: [ebpf], exporters: [debug]}}}}'

/** Returns the configurations in a document, as `--config` values. One with only some sections is put on top of a small whole one. */
export function configurationsOf(document: Document): string[][] {
  return blocksOf(document, 'yaml').flatMap(block => {
    const root = parse(block) as { service?: { pipelines?: unknown } } | null
    if (root === null || !Object.keys(root).every(key => SECTIONS.includes(key))) return []
    return root.service?.pipelines === undefined ? [[REST, `yaml:${block}`]] : [[`yaml:${block}`]]
  })
}
