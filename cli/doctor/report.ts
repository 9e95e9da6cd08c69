/** The document that `swoll doctor -o json` prints. */
import { z } from 'zod'

/** From good to bad. `note`: nothing is wrong, and something is not as one might think. */
export const SEVERITIES = ['ok', 'note', 'warning', 'problem'] as const
export type Severity = (typeof SEVERITIES)[number]

const finding = z
  .strictObject({
    id: z.string().describe('Name of the finding, which stays; of what is in order, the name of the check'),
    severity: z.enum(SEVERITIES),
    title: z.string(),
    evidence: z.string().describe('What was found: the number, and the limit that it is held to'),
    consequence: z.string().optional().describe('What follows from it'),
    remedy: z.string().optional().describe('What mends it'),
    commands: z.array(z.string()).optional().describe('Commands of a shell that do so'),
    setting: z.string().optional().describe('Lines of the configuration that do so'),
    fix: z
      .enum(['possible', 'done', 'failed', 'would_run'])
      .optional()
      .describe('What `--fix` can do about it, or has done'),
  })
  .describe('One thing that was looked at')
export type Finding = z.output<typeof finding>

export const report = z
  .strictObject({
    version: z.string().describe('Of this swoll'),
    host: z.string(),
    kernel: z.string(),
    architecture: z.string(),
    time: z.iso.datetime(),
    configuration: z.array(z.string()).describe('Where the needs come from that the host is held to'),
    agent: z.string().optional().describe('The agent that was asked'),
    prometheus: z.string().optional().describe('The Prometheus that was asked'),
    findings: z.array(finding).describe('The worst first'),
    counts: z.record(z.enum(SEVERITIES), z.int().min(0)),
  })
  .describe('What swoll doctor has found')
export type Report = z.output<typeof report>

/** The worst first; within a severity in the order given. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding) => -SEVERITIES.indexOf(severity)
  return findings.toSorted((a, b) => rank(a) - rank(b))
}

/** Returns how many there are of each severity. */
export function countFindings(findings: readonly Finding[]): Report['counts'] {
  const counts = { ok: 0, note: 0, warning: 0, problem: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}
