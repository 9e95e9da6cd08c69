/** What the process knows of itself, for pages about it. Types only. */

/** One number of the agent's own metrics: a sum since its start, or a gauge. */
export interface Measured {
  /** With its prefix: `otelcol_exporter_sent_metric_points`. */
  readonly name: string
  readonly labels: Readonly<Record<string, unknown>>
  readonly value: number
}

interface Gate {
  readonly id: string
  readonly isOn: boolean
  readonly stage: string
  readonly description: string
}

export interface Inside {
  readonly version: string
  readonly gates: readonly Gate[]
  /** Reads all own metrics but histograms. Absent: `service::telemetry::metrics::level` is none. */
  readonly measure?: (() => Promise<readonly Measured[]>) | undefined
}
