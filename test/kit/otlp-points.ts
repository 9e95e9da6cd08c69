/** Points of OTLP/JSON as texts that can be compared, whoever wrote them. */

interface Json {
  readonly [key: string]: unknown
}

/** A request as one text for each point, with all that belongs to it, in order of the texts. Integers and doubles are alike. */
export function flattenMetrics(request: unknown): string[] {
  const { resourceMetrics = [] } = request as { resourceMetrics?: Json[] }
  const points = resourceMetrics.flatMap(one =>
    ((one.scopeMetrics ?? []) as Json[]).flatMap(({ scope, metrics }) =>
      ((metrics ?? []) as Json[]).flatMap(metric =>
        pointsOf(metric).map(point => ({ resource: one.resource, scope, ...point })),
      ),
    ),
  )
  return points.map(point => JSON.stringify(sorted(point))).sort()
}

function pointsOf(item: Json): Json[] {
  const data = (item.sum ?? item.gauge ?? item.exponentialHistogram) as Json & { dataPoints?: Json[] }
  const { dataPoints = [], ...rest } = data
  const { sum: _s, gauge: _g, exponentialHistogram: _h, ...metric } = item
  return dataPoints.map(({ asInt, asDouble, ...point }) => ({
    ...metric,
    ...rest,
    ...point,
    ...((asInt ?? asDouble) !== undefined && { value: `= ${Number(asInt ?? asDouble)}` }),
  }))
}

/** Keys and attributes in order, defaults left out, so that only what is meant is compared. */
function sorted(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map(item => sorted(item))
    return key === 'bucketCounts'
      ? items
      : items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, item]) => [name, sorted(item, name)] as const)
  const kept = entries.filter(
    ([, item]) =>
      item !== '' && item !== 0 && item !== undefined && !/^(\[\]|\{\})$/.test(JSON.stringify(item)),
  )
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}
