import { printable, shorten } from '../pipeline/printable.ts'
import { fetchText, showUrl } from './fetch-text.ts'
import type { Findings, Place } from './issues.ts'
import { DEPTH_RULE, MAX_BYTES, MAX_DEPTH } from './limits.ts'
import { parseYaml } from './parse.ts'
import { decodeText, UnreadableFile } from './read-text.ts'
import { type Entry, isNull, type MapNode, mapOf, mergeInto, placeAll } from './tree.ts'
import { variable } from './variable.ts'

const STDIN = '-'

type Env = Readonly<Record<string, string | undefined>>

interface Reading {
  readonly env: Env
  readonly findings: Findings
  /** Throws UnreadableFile. */
  readonly readFile: (path: string) => string
}

/**
 * The tree of one `--config` value: a path, `-` for standard input, `file:PATH`, `env:NAME` (a variable that holds the whole
 * configuration), an `http:` or `https:` address, or `yaml:TEXT`, where `a::b: 1` stands for nested keys. What cannot be read is told, and gives an empty map.
 */
export async function readSource(location: string, reading: Reading): Promise<MapNode> {
  const { findings } = reading
  const [, scheme = 'file', rest = location] = /^([a-zA-Z][a-zA-Z0-9+.-]+):(.*)$/s.exec(location) ?? []
  const file = nameOf(location, scheme, rest)
  const text = await readLocation(location === STDIN ? STDIN : scheme, rest, reading).catch(
    (cause: unknown) => {
      if (!(cause instanceof UnreadableFile)) throw cause
      findings.refuse({ file, line: 0, column: 0 }, [], cause.message, cause.hint)
      return ''
    },
  )
  const { root, issues } = parseYaml(text, file)
  findings.issues.push(...issues)
  if (isNull(root)) return mapOf(root.place)
  if (root.kind === 'map')
    return scheme === 'yaml' ? nest(root, (place, rule) => findings.refuse(place, [], rule)) : root
  const got = root.kind === 'list' ? 'a list' : 'text'
  findings.refuse(root.place, [], `must be a map of sections such as "receivers", got ${got}`)
  return mapOf(root.place)
}

const SET_PLACE: Place = { file: '--set', line: 0, column: 0 }

/**
 * The tree of one `--set` value: `a.b.c=YAML`, or `a::b::c=YAML`. What is wrong is told, and gives an empty map.
 */
export function readSet(text: string, findings: Findings): MapNode {
  const equals = text.indexOf('=')
  const key = text.slice(0, equals).trim()
  const names = key.replaceAll('.', '::').split('::')
  const isPath = equals > 0 && names.every(name => name.trim() !== '') && names.length <= MAX_DEPTH
  if (!isPath) {
    findings.refuse(
      SET_PLACE,
      [],
      `must be key=value, got "${printable(shorten(text, 60))}"`,
      'write --set a.b.c=value',
    )
    return mapOf(SET_PLACE)
  }
  const { root, issues } = parseYaml(text.slice(equals + 1).trim(), '--set')
  const path = names.map(name => name.trim())
  for (const { message, hint } of issues) findings.refuse(SET_PLACE, path, message, hint)
  return { ...mapOf(SET_PLACE), entries: chain(path, { key: SET_PLACE, node: placeAll(root, SET_PLACE) }) }
}

/** The name of a source in messages. */
function nameOf(location: string, scheme: string, rest: string): string {
  if (location === STDIN) return '<stdin>'
  if (scheme === 'file') return rest
  if (scheme === 'yaml') return '<yaml>'
  return `<${/^https?$/.test(scheme) ? showUrl(location) : location}>`
}

let stdin: string | undefined

/** Returns all of standard input; a configuration that is loaded again gets the same text. */
async function readStdin(): Promise<string> {
  if (stdin !== undefined) return stdin
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    pieces.push(piece)
    length += piece.length
    if (length > MAX_BYTES) break // decodeText refuses it
  }
  stdin = decodeText(Buffer.concat(pieces))
  return stdin
}

/** Throws UnreadableFile. */
async function readLocation(scheme: string, rest: string, { env, readFile }: Reading): Promise<string> {
  if (scheme === 'yaml') return rest
  if (scheme === STDIN) return readStdin()
  if (scheme === 'file') return readFile(rest)
  if (/^https?$/.test(scheme)) return fetchText(`${scheme}:${rest}`)
  if (scheme !== 'env')
    throw new UnreadableFile(`unknown scheme "${scheme}"`, 'use file, env, yaml, http or https')
  const text = variable(env, rest)
  if (text === undefined) throw new UnreadableFile(`environment variable "${rest}" is not set`)
  return text
}

/** `a::b: 1` as `a: {b: 1}`. */
function nest(root: MapNode, refuse: (key: Place, message: string) => void): MapNode {
  const merged = new Map<string, Entry>()
  for (const [key, entry] of root.entries) {
    const names = key.split('::').map(name => name.trim())
    if (names.length > MAX_DEPTH) refuse(entry.key, DEPTH_RULE)
    else mergeInto(merged, chain(names, entry))
  }
  return { ...root, entries: merged }
}

/** The entry below maps of one entry each. */
function chain([name, ...rest]: readonly string[], { key, node }: Entry): ReadonlyMap<string, Entry> {
  const below = rest.length > 0 ? { ...mapOf(key), entries: chain(rest, { key, node }) } : node
  return new Map([[name!, { key, node: below }]])
}
