import { describeValue } from '../pipeline/config.ts'
import { checkPlan } from '../pipeline/graph/check-plan.ts'
import { KIND_NAMES, LISTS, perKind } from '../pipeline/kinds.ts'
import type { Plan } from '../pipeline/plan.ts'
import type { Registry } from '../pipeline/registry.ts'
import { decodeComponents, refuseSharedIds } from './components.ts'
import { conceal } from './conceal.ts'
import { decode, type Part, refuseKey } from './decode.ts'
import { expand } from './expand.ts'
import { ConfigError, Findings, type Issue } from './issues.ts'
import { checkReferences, decodePipelines } from './pipelines.ts'
import { readText } from './read-text.ts'
import { resource, service, toTelemetryPlan } from './service.ts'
import { readSource } from './sources.ts'
import {
  type Entry,
  isNull,
  keysOf,
  type MapNode,
  mergeInto,
  nodeAt,
  placeOf,
  placeOfKey,
  toPlain,
} from './tree.ts'

export { ConfigError, formatIssues, type Issue } from './issues.ts'

interface LoadOptions {
  /** `--config` values, in order; later ones win. */
  readonly sources: readonly string[]
  readonly registry: Registry
  /** Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

interface Loaded {
  readonly plan: Plan
  /** Warnings in the order of the sources. */
  readonly warnings: readonly Issue[]
}

/**
 * The plan that the sources describe: each is read and expanded, all are merged, decoded and checked. Throws a
 * ConfigError that lists every problem, in the order of the sources.
 */
export async function loadConfig({ sources, registry, env = process.env }: LoadOptions): Promise<Loaded> {
  const findings = new Findings()
  if (sources.length === 0)
    findings.refuse({ file: '--config', line: 0, column: 0 }, [], 'must be given at least once')
  const read = await Promise.all(sources.map(source => readSource(source, env, findings)))
  const files = read.map(root => root.place.file)
  throwIfRefused(findings, files)
  const lookup = { env, readFile: readText }
  const [root, ...others] = read.map(one => expand(one, lookup, findings)) as [MapNode, ...MapNode[]]
  for (const { entries } of others) mergeInto(root.entries as Map<string, Entry>, entries)
  findings.reword = said => conceal(root, said)
  const plan = toPlan({ root, findings }, registry)
  throwIfRefused(findings, files)
  warnUnused({ root, findings }, plan!)
  return { plan: plan!, warnings: inOrder(findings.warnings, files) }
}

/** The plan of a merged tree; undefined only if something has been refused. */
function toPlan(part: Omit<Part, 'path'>, registry: Registry): Plan | undefined {
  checkSections(part)
  const components = perKind(kind => decodeComponents(kind, part, registry))
  refuseSharedIds(part)
  const pipelines = decodePipelines(part)
  checkReferences(['extensions'], { ...part, path: ['service', 'extensions'] })
  const settings = decode(service, { ...part, path: ['service'] })
  const attributes = decode(resource, { ...part, path: ['service', 'telemetry', 'resource'] }, true)
  if (!settings || !attributes) return undefined
  const telemetry = toTelemetryPlan({ ...settings.telemetry, resource: attributes })
  const plan = {
    ...components,
    pipelines,
    runningExtensions: settings.extensions,
    telemetry,
    dropsCapabilities: settings.drop_capabilities,
    shutdownTimeoutMs: settings.shutdown_timeout,
  }
  for (const { path, message } of checkPlan(plan, registry))
    part.findings.refuse(placeOfKey(part.root, path), path, message)
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
