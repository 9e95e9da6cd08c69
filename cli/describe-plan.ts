import { type Endpoint, formatEndpoint } from '../pipeline/config.ts'
import type { Plan } from '../pipeline/plan.ts'

/** As the exporters have it: `host:port` to listen on, a target of gRPC, a URL. */
type Where = Endpoint | { readonly address: string } | string

/** Says what runs and where to reach it: the endpoints of the exporters in use, as configured, less what a URL may keep secret. */
export function describePlan(plan: Plan, ownMetrics: readonly string[]): Record<string, unknown> {
  const used = new Set(plan.pipelines.flatMap(pipeline => pipeline.exporters))
  const endpoints: Record<string, string> = {}
  for (const id of used) {
    const { endpoint } = (plan.exporters.get(id)?.config ?? {}) as { endpoint?: Where }
    if (endpoint !== undefined) endpoints[id] = show(endpoint)
  }
  return { pipelines: plan.pipelines.map(pipeline => pipeline.id), endpoints, ownMetrics }
}

function show(endpoint: Where): string {
  if (typeof endpoint !== 'string') return 'address' in endpoint ? endpoint.address : formatEndpoint(endpoint)
  const { protocol, host, pathname } = new URL(endpoint)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}
