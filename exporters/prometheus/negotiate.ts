/** Chooses the format for a scraper. */
import { type Choice, parseHeader } from '../shared/accept-header.ts'

export type Format = 'protobuf' | 'openmetrics' | 'text'

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
}

/**
 * The format of the highest quality that the `Accept` header names (RFC 9110, 12.5.1); of several, the one listed first.
 * Text when there is none: scrapers take it, and so does a person's browser. OpenMetrics only where it is offered.
 */
export function negotiateFormat(accept: string | undefined, offersOpenMetrics = true): Format {
  let best: { format: Format; quality: number } | undefined
  for (const choice of parseHeader(accept)) {
    const format = toFormat(choice)
    if (format === 'openmetrics' && !offersOpenMetrics) continue
    if (format && choice.quality > (best?.quality ?? 0)) best = { format, quality: choice.quality }
  }
  return best?.format ?? 'text'
}

function toFormat({ value, parameters }: Choice): Format | undefined {
  const is = (name: string, wanted: string) => (parameters.get(name) ?? wanted) === wanted
  if (value === 'application/vnd.google.protobuf') {
    const isFamily = parameters.get('proto') === 'io.prometheus.client.MetricFamily'
    return isFamily && parameters.get('encoding') === 'delimited' ? 'protobuf' : undefined
  }
  if (value === 'application/openmetrics-text') return is('version', '1.0.0') ? 'openmetrics' : undefined
  if (value === 'text/plain') return is('version', '0.0.4') ? 'text' : undefined
  return value === 'text/*' || value === '*/*' ? 'text' : undefined
}
