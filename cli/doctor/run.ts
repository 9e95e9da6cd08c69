/** `swoll doctor`: looks at this host, the agent and Prometheus, and says what is wrong and what mends it. */
import { hostname, release } from 'node:os'
import { isatty } from 'node:tty'
import { systemClock } from '../../pipeline/clock.ts'
import { loadRegistry } from '../components.ts'
import { print, say } from '../standard-streams.ts'
import { readVersion } from '../version.ts'
import { judge } from './check.ts'
import { CHECKS } from './checks.ts'
import type { Facts } from './facts.ts'
import { applyFixes } from './fix.ts'
import { gather, readNeeds } from './gather.ts'
import type { DoctorOptions } from './options.ts'
import { toText } from './print.ts'
import { countFindings, type Finding, type Report, sortFindings } from './report.ts'

const STDOUT = 1
const PROBLEMS = 1
const WARNINGS = 3

/** The exit code: 0, 1 if there are problems, 3 if there are warnings and that was asked for. */
export async function runDoctor(options: DoctorOptions): Promise<0 | 1 | 3> {
  if (options.format === 'json-schema') {
    const { toReportSchema } = await import('./report-schema.ts')
    print(toReportSchema())
    return 0
  }
  const needs = await readNeeds(options.sources, await loadRegistry())
  const facts = await gather(options, needs)
  const judged = Object.values(CHECKS).flatMap(checks => checks.flatMap(check => judge(check, facts)))
  const findings = applyFixes(judged, options.fix, line => say(`swoll: ${line}\n`))
  const report = toReport(findings, facts)
  if (options.format === 'json') print(`${JSON.stringify(report, null, 2)}\n`)
  else print(toText(report, isatty(STDOUT) && !process.env.NO_COLOR))
  return exitCode(report, options)
}

function toReport(findings: readonly Finding[], { needs, host, agent, prometheus }: Facts): Report {
  return {
    version: readVersion(),
    host: hostname(),
    kernel: release(),
    architecture: host.arch,
    time: new Date(Number(systemClock.unixNano() / 1_000_000n)).toISOString(),
    configuration: [...needs.sources],
    ...(agent && { agent: agent.url }),
    ...(prometheus && { prometheus: prometheus.url }),
    findings: sortFindings(findings),
    counts: countFindings(findings),
  }
}

/** What a fix has mended does not count. */
export function exitCode(
  { findings }: Pick<Report, 'findings'>,
  { isStrict }: { isStrict: boolean },
): 0 | 1 | 3 {
  const left = countFindings(findings.filter(({ fix }) => fix !== 'done'))
  if (left.problem > 0) return PROBLEMS
  return isStrict && left.warning > 0 ? WARNINGS : 0
}
