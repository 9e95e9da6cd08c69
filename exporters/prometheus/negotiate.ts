/** Chooses the format for a scraper. */

export type Format = 'protobuf' | 'openmetrics' | 'text'

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
}

interface Choice {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  /** 0 to 1. */
  readonly quality: number
}

/**
 * The format of the highest quality that the `Accept` header names (RFC 9110, 12.5.1); of several, the one listed first.
 * Text when there is none: scrapers take it, and so does a person's browser.
 */
export function negotiateFormat(accept: string | undefined): Format {
  let best: { format: Format; quality: number } | undefined
  for (const choice of parseHeader(accept)) {
    const format = toFormat(choice)
    if (format && choice.quality > (best?.quality ?? 0)) best = { format, quality: choice.quality }
  }
  return best?.format ?? 'text'
}

/** True when the `Accept-Encoding` header allows gzip (RFC 9110, 12.5.3). */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const choices = parseHeader(acceptEncoding)
  const choice = choices.find(({ value }) => value === 'gzip') ?? choices.find(({ value }) => value === '*')
  return choice !== undefined && choice.quality > 0
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

function parseHeader(header = ''): Choice[] {
  return header
    .split(',')
    .map(toChoice)
    .filter(({ value }) => value !== '')
}

function toChoice(text: string): Choice {
  const [value = '', ...pairs] = text.split(';').map(part => part.trim())
  const parameters = new Map(
    pairs.map(pair => {
      const [name = '', setting = ''] = pair.split('=', 2).map(part => part.trim())
      return [name.toLowerCase(), setting.replace(/^"(.*)"$/, '$1')]
    }),
  )
  const quality = Number(parameters.get('q') ?? 1)
  return { value: value.toLowerCase(), parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}
