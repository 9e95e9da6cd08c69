/** Alerts: each says what is the matter, with its number, and where to read what to do. */

export interface Alert {
  readonly name: string
  readonly severity: 'info' | 'warning' | 'critical'
  readonly expr: string
  /** How long it must hold. */
  readonly for: string
  readonly summary: string
  readonly description: string
}

const RUNBOOK = 'https://github.com/criticalstack/swoll/blob/main/docs/troubleshooting.md'

/** The rule as Prometheus has it. */
export function toRule(alert: Alert): object {
  return {
    alert: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: { severity: alert.severity },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: `${RUNBOOK}#${alert.name.toLowerCase()}`,
    },
  }
}
