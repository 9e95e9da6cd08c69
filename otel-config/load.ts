import { describeValue } from '../pipeline/config.ts'
import { checkPlan } from '../pipeline/graph/check-plan.ts'
import { KIND_NAMES, LISTS, perKind } from '../pipeline/kinds.ts'
import type { Plan } from '../pipeline/plan.ts'
import { printable } from '../pipeline/printable.ts'
import type { Registry } from '../pipeline/registry.ts'
import { decodeComponents, refuseSharedIds } from './components.ts'
import { conceal } from './conceal.ts'
import { decode, type Part, refuseKey } from './decode.ts'
import { expand, type Lookup } from './expand.ts'
import { fetchText } from './fetch-text.ts'
import { ConfigError, Findings, type Issue, type Path } from './issues.ts'
import { decodePipelines } from './pipelines.ts'
import { readText } from './read-text.ts'
import { References } from './references.ts'
import { RemoteTexts } from './remote-texts.ts'
import { service } from './service.ts'
import { readSet, readSource } from './sources.ts'
import { toTelemetryPlan, UNUSED_KEYS } from './telemetry.ts'
import {
  type Entry,
  isNull,
  keysOf,
  type MapNode,
  mergeInto,
  type Node,
  nodeAt,
  placeOf,
  placeOfKey,
  toPlain,
} from './tree.ts'
import { variable } from './variable.ts'

export { ConfigError, formatIssues, type Issue } from './issues.ts'

/** What a configuration is made of, as the command line gives it. */
export interface ConfigSources {
  /** `--config` values, in order; later ones win. */
  readonly sources: readonly string[]
  /** `--set` values, in order; they win over all sources. */
  readonly sets?: readonly string[]
  /** Whether lists of extensions, receivers and exporters are joined; default false: the later one replaces. */
  readonly isAppending?: boolean
  /** Whether the agent applies them by itself when their files change. */
  readonly isWatched?: boolean
}

interface LoadOptions extends ConfigSources {
  readonly registry: Registry
  /** Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Told each file before it is read. */
  readonly noteFile?: (path: string) => void
}

export interface Loaded {
  readonly plan: Plan
  /** Warnings in the order of the sources. */
  readonly warnings: readonly Issue[]
  /** The configuration as it was written, references replaced and sources merged. */
  readonly root: MapNode
}

/**
 * The plan that the sources describe: each is read and expanded, all are merged, decoded and checked. Throws a
 * ConfigError that lists every problem, in the order of the sources.
 */
export async function loadConfig({ registry, ...options }: LoadOptions): Promise<Loaded> {
  const { root, findings, files } = await readConfig(options)
  const plan = toPlan({ root, findings }, registry)
  warnUnset(root, options.env ?? process.env, findings)
  throwIfRefused(findings, files)
  warnUnused({ root, findings }, plan!)
  warnWithoutEffect({ root, findings })
  return { plan: plan!, warnings: inOrder(findings.warnings, files), root }
}

/** The merged tree of the sources, with their names in order. Throws a ConfigError if one cannot be read, or is no YAML. */
export async function readConfig({
  sources,
  sets = [],
  isAppending = false,
  env = process.env,
  noteFile = () => {},
}: Omit<LoadOptions, 'registry'>) {
  const findings = new Findings()
  const readFile = (path: string) => {
    noteFile(path)
    return readText(path)
  }
  if (sources.length === 0)
    findings.refuse({ file: '--config', line: 0, column: 0 }, [], 'must be given at least once')
  const read = await Promise.all(sources.map(source => readSource(source, { env, findings, readFile })))
  read.push(...sets.map(set => readSet(set, findings)))
  const files = read.map(one => one.place.file)
  throwIfRefused(findings, files)
  const [root, ...others] = (await expandAll(read, { env, readFile }, findings)) as [MapNode, ...MapNode[]]
  const isJoined = isAppending ? isListOfService : undefined
  for (const { entries } of others) mergeInto(root.entries as Map<string, Entry>, entries, isJoined)
  if (root.entries.size === 0 && findings.issues.length === 0) {
    findings.refuse({ ...root.place, line: 0 }, [], 'is empty', 'write receivers, exporters and service')
    throwIfRefused(findings, files)
  }
  findings.reword = said => conceal(root, said)
  return { root, findings, files }
}

/** Lists that the gate `confmap.enableMergeAppendOption` joins. */
function isListOfService([section, ...keys]: Path): boolean {
  if (section !== 'service') return false
  return keys.join('::') === 'extensions' || ['receivers', 'exporters'].includes(String(keys.at(-1)))
}

/** All trees with their references replaced; what lies at addresses is fetched between one attempt and the next. */
async function expandAll(
  trees: readonly MapNode[],
  local: Pick<Lookup, 'env' | 'readFile'>,
  findings: Findings,
) {
  const remote = new RemoteTexts(fetchText)
  for (;;) {
    const attempt = new Findings()
    const lookup = { ...local, readUrl: remote.read }
    const expanded = trees.map(tree => expand(tree, lookup, attempt))
    if (await remote.fetchWanted()) continue
    findings.issues.push(...attempt.issues)
    findings.warnings.push(...attempt.warnings)
    return expanded
  }
}

/** The plan of a merged tree; undefined only if something has been refused. */
function toPlan(part: Omit<Part, 'path'>, registry: Registry): Plan | undefined {
  checkSections(part)
  const components = perKind(kind => decodeComponents(kind, part, registry))
  refuseSharedIds(part, registry)
  const pipelines = decodePipelines(part)
  const extensions = new References(part)
  extensions.add(['extensions'], ['service', 'extensions'])
  extensions.check()
  const settings = decode(service, { ...part, path: ['service'] }, ['telemetry', 'resource'])
  if (!settings) return undefined
  const telemetry = toTelemetryPlan(settings.telemetry)
  const plan = {
    ...components,
    pipelines,
    runningExtensions: settings.extensions,
    telemetry,
    dropsCapabilities: settings.drop_capabilities,
    shutdownTimeoutMs: settings.shutdown_timeout,
  }
  const written = keysOf(part.root, ['extensions'])
  for (const { path, message, hint, missing } of checkPlan(plan, registry))
    if (missing === undefined || !written.includes(missing))
      // one that is written, and wrong, was told
      part.findings.refuse(placeOfKey(part.root, path), path, message, hint)
  return plan
}

/** Only the sections of the Collector, and each of them a map. */
function checkSections({ root, findings }: Omit<Part, 'path'>): void {
  const known = [...KIND_NAMES, 'service']
  for (const section of keysOf(root, [])) {
    const path = [section]
    const node = nodeAt(root, path)!
    if (!known.includes(section)) refuseKey({ root, path, findings }, known)
    else if (node.kind !== 'map' && !isNull(node) && section !== 'service')
      findings.refuse(placeOf(root, path), path, `must be a map, got ${describeValue(toPlain(node))}`)
  }
}

function warnUnused({ root, findings }: Omit<Part, 'path'>, plan: Plan): void {
  const inPipelines = plan.pipelines.flatMap(pipeline => LISTS.flatMap(list => pipeline[list]))
  for (const kind of KIND_NAMES) {
    const used = new Set(kind === 'extensions' ? plan.runningExtensions : inPipelines)
    const lack = kind === 'extensions' ? 'service::extensions does not list it' : 'no pipeline uses it'
    for (const id of keysOf(root, [kind]))
      if (!used.has(id)) findings.warn(placeOfKey(root, [kind, id]), [kind, id], `is configured, but ${lack}`)
  }
}

/** Keys that name a variable, which the start wants; the machine that only checks a configuration may lack it. */
function warnUnset(root: MapNode, env: NonNullable<LoadOptions['env']>, findings: Findings): void {
  const visit = (node: Node, path: Path): void => {
    if (node.kind === 'list') for (const [i, item] of node.items.entries()) visit(item, [...path, i])
    if (node.kind === 'map') for (const [key, entry] of node.entries) visit(entry.node, [...path, key])
    const name = node.kind === 'scalar' && String(path.at(-1)).endsWith('_from_env_var') && node.value
    if (typeof name !== 'string' || variable(env, name)) return
    const message = `environment variable "${printable(name)}" is not set here`
    findings.warn(node.place, path, message, 'the start is refused without it')
  }
  visit(root, [])
}

/** Keys of the Collector that are taken, so that its files load, and that change nothing. */
function warnWithoutEffect({ root, findings }: Omit<Part, 'path'>): void {
  for (const [keys, reason] of UNUSED_KEYS) {
    const path = ['service', 'telemetry', ...keys]
    if (!isNull(nodeAt(root, path)))
      findings.warn(placeOfKey(root, path), path, `has no effect: ${reason}`, 'remove it')
  }
}

function throwIfRefused(findings: Findings, files: readonly string[]): void {
  if (findings.issues.length > 0)
    throw new ConfigError(inOrder(findings.issues, files), inOrder(findings.warnings, files))
}

/** Sorts issues by file and line. Leaves out missing keys that another problem at the same place explains. */
function inOrder(issues: readonly Issue[], files: readonly string[]): Issue[] {
  const isMissing = ({ message }: Issue) => message === 'must be set'
  const explained = new Set(issues.filter(issue => !isMissing(issue)).map(issue => issue.path))
  const isFollowUp = (issue: Issue) => isMissing(issue) && explained.has(issue.path)
  return issues
    .filter(issue => !isFollowUp(issue))
    .sort((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column)
}
