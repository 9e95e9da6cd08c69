import { readFile } from 'node:fs/promises'
import type { Findings } from './issues.ts'
import { parseYaml } from './parse.ts'
import { isNull, type MapNode, mapOf, mergeNodes, type Node } from './tree.ts'

const STDIN = '-'
/** Far more than anybody writes. */
const MAX_STDIN = 8 * 2 ** 20

type Env = Readonly<Record<string, string | undefined>>

/**
 * The tree of one `--config` value: a path, `-` for standard input, `file:PATH`, `env:NAME` (a variable that holds the whole
 * configuration) or `yaml:TEXT`, where `a::b: 1` stands for nested keys. What cannot be read is told, and gives an empty map.
 */
export async function readSource(location: string, env: Env, findings: Findings): Promise<MapNode> {
  const [, scheme = 'file', rest = location] = /^([a-zA-Z][a-zA-Z0-9+.-]+):(.*)$/s.exec(location) ?? []
  const file =
    location === STDIN ? '<stdin>' : scheme === 'file' ? rest : scheme === 'yaml' ? '<yaml>' : `<${location}>`
  const start = { file, line: 0, column: 0 }
  const refuse = (message: string, hint?: string) => findings.refuse(start, [], message, hint)
  const text = location === STDIN ? await readStdin(refuse) : await readText(scheme, rest, env, refuse)
  const { root, issues } = parseYaml(text ?? '', file)
  findings.issues.push(...issues)
  if (isNull(root)) return mapOf(root.place)
  if (root.kind === 'map') return scheme === 'yaml' ? nest(root) : root
  findings.refuse(
    root.place,
    [],
    `must be a map of sections such as "receivers", got ${root.kind === 'list' ? 'a list' : 'text'}`,
  )
  return mapOf(root.place)
}

let stdin: string | undefined

/** All of standard input; a configuration that is loaded again is the one that was there. */
async function readStdin(refuse: Refuse): Promise<string | undefined> {
  if (stdin !== undefined) return stdin
  let text = ''
  try {
    for await (const piece of process.stdin.setEncoding('utf8')) {
      text += piece
      if (text.length > MAX_STDIN) {
        refuse(`must be at most ${MAX_STDIN / 2 ** 20} MiB`)
        return undefined
      }
    }
  } catch (cause) {
    refuse(`cannot be read (${(cause as NodeJS.ErrnoException).code})`)
    return undefined
  }
  stdin = text
  return text
}

type Refuse = (message: string, hint?: string) => void

async function readText(scheme: string, rest: string, env: Env, refuse: Refuse): Promise<string | undefined> {
  if (scheme === 'yaml') return rest
  if (scheme === 'file') {
    return readFile(rest, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      refuse(FILE_ERRORS[cause.code ?? ''] ?? `cannot be read (${cause.code})`, 'check the path')
      return undefined
    })
  }
  if (scheme !== 'env') refuse(`unknown scheme "${scheme}"`, 'use file, env or yaml')
  else if (env[rest] === undefined) refuse(`environment variable "${rest}" is not set`)
  return env[rest]
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this process',
  EISDIR: 'must be a file, got a folder',
}

/** `a::b: 1` as `a: {b: 1}`. */
function nest(root: MapNode): MapNode {
  return [...root.entries].reduce<MapNode>((merged, [key, entry]) => {
    const nested = key
      .split('::')
      .reduceRight<Node>(
        (node, name) => mapOf(entry.key, [[name.trim(), { key: entry.key, node }]]),
        entry.node,
      )
    return mergeNodes(merged, nested) as MapNode
  }, mapOf(root.place))
}
