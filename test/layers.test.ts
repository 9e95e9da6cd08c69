/** Who may import whom, read off the import lines. See docs/architecture.md. */
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

interface Layer {
  /** Folders, each with all below it, or single files. A layer may always import from itself. */
  readonly imports: readonly string[]
  /** npm packages; `node:*` for all of Node's modules. */
  readonly packages: readonly string[]
}

const NODE = 'node:*'
const COMPONENT_PACKAGES = [NODE, 'zod', '@opentelemetry/api']

/** The first entry whose path a file is below decides. `<name>` stands for any one folder. */
const LAYERS: Readonly<Record<string, Layer>> = {
  'pipeline/data': { imports: [], packages: [] },
  pipeline: { imports: [], packages: COMPONENT_PACKAGES },
  'otel-config': { imports: ['pipeline'], packages: [NODE, 'zod', 'yaml'] },
  native: { imports: ['pipeline/errors.ts'], packages: [NODE] },
  kubernetes: { imports: ['pipeline'], packages: COMPONENT_PACKAGES },
  'receiver/<name>': { imports: ['pipeline', 'native', 'kubernetes'], packages: COMPONENT_PACKAGES },
  'processors/<name>': {
    imports: ['pipeline', 'kubernetes', 'processors/shared'],
    packages: COMPONENT_PACKAGES,
  },
  'exporters/<name>': {
    imports: ['pipeline', 'exporters/shared'],
    packages: [...COMPONENT_PACKAGES, '@grpc/grpc-js', '@opentelemetry/otlp-transformer', 'protobufjs'],
  },
  'cli/components.ts': { imports: ['pipeline', 'receiver', 'processors', 'exporters'], packages: [] },
  cli: {
    imports: ['pipeline', 'otel-config'],
    packages: [
      ...COMPONENT_PACKAGES,
      'commander',
      'pino',
      'yaml',
      '@opentelemetry/exporter-prometheus',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-metrics',
    ],
  },
}
const FOLDERS = [
  'pipeline',
  'otel-config',
  'native',
  'kubernetes',
  'receiver',
  'processors',
  'exporters',
  'cli',
]

const files = FOLDERS.flatMap(folder => globSync(`${folder}/**/*.ts`)).sort()

/** What a file imports, type-only and dynamic imports included: paths from the root, and names of packages. */
function importsOf(path: string): { files: string[]; packages: string[] } {
  const source = readFileSync(path, 'utf8')
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!)
  const isFile = (specifier: string) => specifier.startsWith('.')
  return {
    files: specifiers.filter(isFile).map(specifier => normalize(join(dirname(path), specifier))),
    packages: specifiers.filter(specifier => !isFile(specifier)).map(toPackage),
  }
}

function toPackage(specifier: string): string {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return NODE
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The layer of a file, and the folder that is its own. */
function layerOf(path: string): { own: string; layer: Layer } | undefined {
  for (const [pattern, layer] of Object.entries(LAYERS)) {
    const own = new RegExp(`^${pattern.replace('<name>', '[^/]+')}(?=/|$)`).exec(path)?.[0]
    if (own !== undefined) return { own, layer }
  }
  return undefined
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function violationsOf(path: string): string[] {
  const found = layerOf(path)
  if (found === undefined) return [`${path}: is in no layer`]
  const { own, layer } = found
  const imported = importsOf(path)
  const allowed = [own, ...layer.imports]
  return [
    ...imported.files.filter(file => !allowed.some(folder => isBelow(file, folder))),
    ...imported.packages.filter(name => !layer.packages.includes(name)),
  ].map(target => `${path} imports ${target}`)
}

/** The first import cycle found from `path`, type-only imports included. */
function cycleFrom(path: string, trail: readonly string[], done: Set<string>): readonly string[] | undefined {
  if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
  if (done.has(path)) return undefined
  for (const file of importsOf(path).files) {
    const cycle = files.includes(file) ? cycleFrom(file, [...trail, path], done) : undefined
    if (cycle) return cycle
  }
  done.add(path)
  return undefined
}

const s = suite('layers')

s('every file imports only what its layer may', () => {
  assert.ok(files.length > 50, 'the sources were found')
  assert.equal(files.flatMap(violationsOf), [])
})

s('nothing imports in a circle', () => {
  const done = new Set<string>()
  for (const file of files) assert.equal(cycleFrom(file, [], done), undefined)
})
s.run()
