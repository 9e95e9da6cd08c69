/** The layer table (who may import whom) as data, and the violations in a set of sources. */
import { builtinModules } from 'node:module'
import { posix } from 'node:path'

/** A folder, or a file, and all it may import besides itself: folders or files of the house, and packages. */
interface Rule {
  readonly room: RegExp
  readonly may: readonly string[]
  /** Absent: any package. `node:` stands for all of Node's modules. */
  readonly packages?: readonly string[]
}

const LIBRARY = ['pipeline', 'native', 'kernel', 'syscalls', 'kubernetes', 'trace', 'otlp', 'stats']
const COMPONENTS = ['receiver', 'processors', 'connectors', 'exporters', 'extensions']
const ABI = 'native/generated'

/** The first rule whose room fits. */
const RULES: readonly Rule[] = [
  { room: /^pipeline\/data/, may: [], packages: [] },
  { room: /^pipeline/, may: ['pipeline/data'], packages: ['zod', 're2js', '@opentelemetry/api', 'node:'] },
  { room: /^otel-config/, may: ['pipeline'], packages: ['zod', 'yaml', 'node:'] },
  { room: /^native/, may: ['pipeline/errors.ts'], packages: ['node:'] },
  { room: /^syscalls/, may: ['pipeline', ABI], packages: ['zod', 'node:'] },
  { room: /^kubernetes/, may: ['pipeline'] },
  {
    room: /^kernel/,
    may: ['pipeline', 'native', 'syscalls', 'kubernetes/cgroup-path.ts'],
    packages: ['zod', 'node:'],
  },
  { room: /^otlp/, may: ['pipeline'], packages: [] },
  { room: /^ottl/, may: ['pipeline'], packages: ['zod', 'node:'] },
  { room: /^stats\/api/, may: [], packages: ['zod'] },
  { room: /^stats/, may: ['pipeline', 'syscalls'], packages: ['zod', 'node:'] },
  { room: /^seccomp/, may: ['pipeline', 'syscalls', 'stats'], packages: ['zod', 'yaml', 'node:'] },
  { room: /^web/, may: ['stats/api', 'stats/noise.ts'], packages: ['echarts', 'preact'] },
  { room: /^trace/, may: ['pipeline', ABI, 'kernel', 'syscalls', 'otlp', 'kubernetes', 'stats/noise.ts'] },
  {
    room: /^receiver\/\w+/,
    may: ['pipeline', 'native', 'kernel', 'syscalls', 'trace', 'kubernetes/pods', 'kubernetes/selectors'],
  },
  { room: /^processors\/\w+/, may: ['pipeline', 'kubernetes', 'syscalls', 'ottl'] },
  { room: /^connectors\/\w+/, may: ['pipeline', 'ottl'] },
  {
    room: /^exporters\/charts/,
    may: ['pipeline', 'stats', 'seccomp', 'native/program-files.ts', 'exporters/shared'],
  },
  { room: /^exporters\/\w+/, may: ['pipeline', 'otlp', 'exporters/shared'] },
  {
    room: /^extensions\/\w+/,
    may: [
      'pipeline',
      'kubernetes',
      'syscalls',
      'trace',
      'native/program-files.ts',
      'kernel/cgroups/roots.ts',
    ],
  },
  { room: /^client/, may: ['pipeline', 'kubernetes', 'syscalls', 'stats', 'trace/api', 'trace/formats'] },
  { room: /^controller/, may: ['pipeline', 'kubernetes', 'trace/api', 'client'] },
  { room: /^cli\/components\.ts/, may: ['pipeline', 'cli', ...COMPONENTS] },
  { room: /^cli/, may: ['otel-config', 'client', 'controller', 'seccomp', ...LIBRARY] },
  { room: /^scripts/, may: ['syscalls', 'cli', 'stats', 'trace/api', 'controller'] },
]

export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** `from 'x'`, `import 'x'` and `import('x')`, type-only ones included, over several lines too. */
const IMPORT =
  /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^[ \t]*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

/** Returns the imports of a file: paths from the root for files of the house, names for packages. */
export function importsOf({ path, text }: Source): string[] {
  return [...text.matchAll(IMPORT)].map(match => {
    const target = match[1] ?? match[2] ?? match[3]!
    return target.startsWith('.') ? posix.join(posix.dirname(path), target) : target
  })
}

/** One line per import that the table forbids. */
export function forbiddenImports(sources: readonly Source[]): string[] {
  return sources.flatMap(source =>
    importsOf(source)
      .filter(target => !isAllowed(source.path, target))
      .map(target => `${source.path} must not import ${target}`),
  )
}

function isAllowed(path: string, target: string): boolean {
  const rule = RULES.find(({ room }) => room.test(path))
  if (!rule) return false
  const [own = '', kind = ''] = rule.room.exec(path) ?? []
  const isWithin = (folder: string) => target === folder || target.startsWith(`${folder}/`)
  if (isHouse(target))
    return isWithin(own) || rule.may.map(folder => folder.replace('$1', kind)).some(isWithin)
  if (!rule.packages) return true
  const name = target.startsWith('node:') || builtinModules.includes(target) ? 'node:' : target
  return rule.packages.some(allowed => name === allowed || name.startsWith(`${allowed}/`))
}

/** A file of this repository, as opposed to a package. */
function isHouse(target: string): boolean {
  return (
    /\.(tsx?|mjs|js|json)$/.test(target) && !target.startsWith('@') && !/^[\w-]+\/[\w-]+\.js$/.test(target)
  )
}

/** Node's own timers, whose delays are 32 bits wide and become 1 ms beyond; `socket.setTimeout` is another thing. */
const RAW_TIMER =
  /(?<![.\w])(setTimeout|setInterval)\s*\(|AbortSignal\.timeout|\b(setTimeout|setInterval)\b[^'"`;]*\bfrom\s*['"](node:)?timers/g
const TIMERS = 'pipeline/timers.ts'
/** Set-up runs before there is anything to import, and its delays are constants. */
const SET_UP = 'scripts/setup/'

/** One line per timer that does not come from `pipeline/clock.ts`. */
export function rawTimers(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path !== TIMERS && !path.startsWith(SET_UP))
    .flatMap(({ path, text }) =>
      [...text.matchAll(RAW_TIMER)].map(([found]) => `${path} must wait by a Clock, got ${found}`),
    )
}

/** Each ring of files that import each other, as `a → b → a`, type-only imports included. One per file at most. */
export function importCycles(sources: readonly Source[]): string[] {
  const targets = new Map(sources.map(source => [source.path, importsOf(source)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const target of targets.get(path) ?? []) if (targets.has(target)) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return cycles
}

/**
 * Places behind a `using` where the promise of an `async function` is returned without `await`: what that holds would be let go of
 * before the promise is done.
 */
export function unawaitedReturns(sources: readonly Source[]): string[] {
  const names = sources.flatMap(({ text }) =>
    [...text.matchAll(/\basync function (\w+)/g)].map(([, name]) => name),
  )
  const call = new RegExp(`^\\s*(if \\(.*\\) )?return (.* [?:] )?(${names.join('|')})\\(`)
  return sources.flatMap(({ path, text }) => {
    const lines = text.split('\n')
    return lines.flatMap((line, i) => {
      const [, indent] = /^(\s+)(?:await )?using /.exec(line) ?? []
      if (indent === undefined) return []
      const end = lines.findIndex((each, j) => j > i && each !== '' && !each.startsWith(indent))
      return lines
        .slice(i, end)
        .flatMap((each, j) => (call.test(each) ? `${path}:${i + j + 1}: ${each.trim()}` : []))
    })
  })
}
