import type { Signal } from '../../pipeline/component.ts'
import type { OtlpHttpConfig } from './config.ts'

/** Where requests of this signal go; undefined: nowhere, neither `endpoint` nor the signal's own key is set. */
export function addressOf(signal: Signal, config: OtlpHttpConfig): string | undefined {
  const own = config[`${signal}_endpoint`]
  if (own !== undefined || config.endpoint === undefined) return own
  return `${config.endpoint.replace(/\/$/, '')}/v1/${signal}`
}
