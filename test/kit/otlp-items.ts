/** OTLP/JSON as items that can be compared: one for each point, record or span, with all that belongs to it. */

export interface Json {
  readonly [key: string]: unknown
}

/** The items of a request; lists that have no order are in one, and defaults are left out. */
export function flatten(line: string): Json[] {
  if (line === '') return []
  const [resources] = Object.values(JSON.parse(line) as Record<string, Json[]>)
  const items = (resources ?? []).flatMap(one => {
    const scopes = Object.entries(one).find(([key]) => key.startsWith('scope'))![1] as Json[]
    return scopes.flatMap(({ scope, metrics, logRecords, spans }) =>
      ((metrics ?? logRecords ?? spans ?? []) as Json[]).flatMap(item =>
        pointsOf(item).map(point => ({ resource: one.resource, scope, ...point })),
      ),
    )
  })
  return items.map(item => sorted(item) as Json)
}

function pointsOf(item: Json): Json[] {
  const data = item.sum ?? item.gauge ?? item.exponentialHistogram
  if (!data) return [item]
  const { dataPoints, ...rest } = data as Json & { dataPoints: Json[] }
  const { sum: _s, gauge: _g, exponentialHistogram: _h, ...metric } = item
  return dataPoints.map(point => ({ ...metric, ...rest, ...point }))
}

/** An attribute that was set to `nil`: theirs stays, without a value. */
const isEmptyAttribute = (item: unknown) =>
  typeof item === 'object' &&
  item !== null &&
  'key' in item &&
  JSON.stringify((item as Json).value ?? {}) === '{}'

/** Keys and attributes in order, defaults left out, so that only what is meant is compared. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .filter(item => !isEmptyAttribute(item))
      .map(sorted)
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const)
  const kept = entries.filter(
    ([, item]) =>
      item !== '' &&
      item !== 0 &&
      item !== undefined &&
      JSON.stringify(item) !== '[]' &&
      JSON.stringify(item) !== '{}',
  )
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}
