/** The agent's telemetry about itself, as components see it. */
import type { Meter } from '@opentelemetry/api'

export type { Meter }

type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Structured logger: fields first, then one sentence without a full stop. Fields never carry secrets. */
export interface Logger {
  readonly debug: Log
  readonly info: Log
  readonly warn: Log
  readonly error: Log
}
