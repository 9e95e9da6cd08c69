/** Finds exports that nobody needs in a set of sources. */
import { posix } from 'node:path'
import type { Source } from './layers.ts'

const DECLARED = /^export (?:async )?(?:const|function\*?|class|interface|type) (\w+)/gm
/** `import { a, type B as C } from './x.ts'`, and the same with `export`. */
const NAMED = /^[ \t]*(import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*['"]([^'"]+)['"]/gm
/** `import * as x from './x.ts'`, `export * from './x.ts'`, `import('./x.ts')`. */
const WHOLE = /^[ \t]*import \* as \w+ from ['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm
const PASSED_ON = /^export \* from ['"]([^'"]+)['"]/gm
/** Text in templates: an export that a generator writes into a file is not its own. */
const TEMPLATE = /`(?:\\.|[^`\\])*`/g
const COMMENT = /\/\*.*?\*\/|^\s*\/\/.*?$/gms

/**
 * One line per export without a user. A user is another file; a test is one only of what the file itself uses too: a part may be
 * exported to be tested alone, but what only tests call is dead. Generated files have the exports that their generators write.
 */
export function deadExports(sources: readonly Source[]): string[] {
  const users = usersOf(sources)
  return sources
    .filter(({ path }) => !path.includes('/generated/') && !path.endsWith('.test.ts'))
    .flatMap(source =>
      exportsOf(source)
        .filter(name => !isUsed(source, name, users.get(`${source.path} ${name}`) ?? []))
        .map(name => `${source.path} exports ${name}, which nothing imports`),
    )
}

function isUsed({ path, text }: Source, name: string, users: readonly string[]): boolean {
  if (users.some(user => isTest(path) || !isTest(user))) return true
  return users.length > 0 && mentions(text, name) > 1
}

function isTest(path: string): boolean {
  return path.startsWith('test/')
}

function exportsOf(source: Source): string[] {
  const text = source.text.replace(COMMENT, '').replace(TEMPLATE, '')
  const passedOn = [...text.matchAll(NAMED)].filter(([, keyword]) => keyword === 'export')
  return [
    ...[...text.matchAll(DECLARED)].map(match => match[1]!),
    ...passedOn.flatMap(([, , names]) => namesIn(names!).map(([, name]) => name)),
  ]
}

/** Returns, by `path name`, the files that import an export, also through a file that passes all of another on. */
function usersOf(sources: readonly Source[]): Map<string, string[]> {
  const users = new Map<string, string[]>()
  const passedOn = new Map(sources.map(source => [source.path, targets(source, PASSED_ON)]))
  const add = (target: string, name: string, user: string): void => {
    const key = `${target} ${name}`
    users.set(key, [...(users.get(key) ?? []), user])
    for (const next of passedOn.get(target) ?? []) add(next, name, user)
  }
  const byPath = new Map(sources.map(source => [source.path, source]))
  for (const source of sources) {
    for (const [, , names, target] of source.text.matchAll(NAMED))
      for (const [name] of namesIn(names!)) add(resolve(source, target!), name, source.path)
    for (const target of targets(source, WHOLE))
      for (const name of byPath.has(target) ? exportsOf(byPath.get(target)!) : [])
        if (mentions(source.text, name)) add(target, name, source.path)
  }
  return users
}

/** Returns the names in the braces: each name there, and the name here. */
function namesIn(list: string): [there: string, here: string][] {
  const names = list
    .replace(COMMENT, '')
    .split(',')
    .map(name => name.trim().replace(/^type /, ''))
  return names.filter(Boolean).map(name => {
    const [there = '', here = there] = name.split(' as ')
    return [there, here]
  })
}

function targets(source: Source, pattern: RegExp): string[] {
  return [...source.text.matchAll(pattern)].map(([, a, b]) => resolve(source, (a ?? b)!))
}

function resolve({ path }: Source, target: string): string {
  return target.startsWith('.') ? posix.join(posix.dirname(path), target) : target
}

/** Returns how often a name stands in code. */
function mentions(text: string, name: string): number {
  return text.replace(COMMENT, '').match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0
}
