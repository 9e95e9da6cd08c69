import { describeValue } from '../pipeline/config.ts'
import { checkPlan } from '../pipeline/graph-check.ts'
import { KIND_NAMES, LISTS, perKind } from '../pipeline/kinds.ts'
import type { Plan, PlannedPipeline } from '../pipeline/plan.ts'
import type { Registry } from '../pipeline/registry.ts'
import { decodeComponents } from './components.ts'
import { conceal } from './conceal.ts'
import { decode, type Part, refuseKey } from './decode.ts'
import { expand } from './expand.ts'
import { ConfigError, Findings, type Issue } from './issues.ts'
import { decodePipelines } from './pipelines.ts'
import { readText } from './read-text.ts'
import { resource, service, toTelemetryPlan } from './service.ts'
import { readSource } from './sources.ts'
import { isNull, keysOf, mergeNodes, nodeAt, placeOf, placeOfKey, toPlain } from './tree.ts'

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
  const root = read.map(one => expand(one, lookup, findings)).reduce(mergeNodes)
  findings.reword = said => conceal(root, said)
  const plan = toPlan({ root, findings }, registry)
  throwIfRefused(findings, files)
  warnUnused({ root, findings }, plan!.pipelines)
  return { plan: plan!, warnings: inOrder(findings.warnings, files) }
}

/** The plan of a merged tree; undefined only if something has been refused. */
function toPlan(part: Omit<Part, 'path'>, registry: Registry): Plan | undefined {
  checkSections(part)
  const components = perKind(kind => decodeComponents(kind, part, registry))
  const pipelines = decodePipelines(part)
  const settings = decode(service, { ...part, path: ['service'] })
  const attributes = decode(resource, { ...part, path: ['service', 'telemetry', 'resource'] }, true)
  if (!settings || !attributes) return undefined
  const telemetry = toTelemetryPlan({ ...settings.telemetry, resource: attributes })
  const plan = {
    ...components,
    pipelines,
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

function warnUnused({ root, findings }: Omit<Part, 'path'>, pipelines: readonly PlannedPipeline[]): void {
  for (const kind of LISTS)
    for (const id of keysOf(root, [kind]))
      if (!pipelines.some(pipeline => pipeline[kind].includes(id)))
        findings.warn(placeOfKey(root, [kind, id]), [kind, id], 'is configured, but no pipeline uses it')
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
