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

const PAGE = 'troubleshooting.md'

/**
 * The rule as Prometheus has it. `documents`: the address of the folder that this version's documents are published in; undefined: nobody has said,
 * and the page is named as it is in the sources.
 */
export function toRule(alert: Alert, documents: string | undefined): object {
  const place = `${PAGE}#${alert.name.toLowerCase()}`
  return {
    alert: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: { severity: alert.severity },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      ...(documents === undefined
        ? { runbook: `docs/${place}` }
        : { runbook_url: `${documents.replace(/\/+$/, '')}/${place}` }),
    },
  }
}
