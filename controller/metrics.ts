/** The controller's metrics about itself. */
import type { Verb } from '../kubernetes/client/api-error.ts'
import type { Meter } from '../pipeline/telemetry.ts'
import type { AgentApi } from './agents.ts'
import type { WorkResult } from './queue.ts'

export interface ControllerMetrics {
  reconciled(result: WorkResult): void
  asked(verb: Verb, resource: string, status: number): void
  askedAgent(verb: keyof AgentApi, result: string): void
  alerted(result: string): void
  /** Tells what is true at the time of asking. */
  observe(read: () => { readonly depth: number; readonly isLeading: boolean }): void
}

export function createMetrics(meter: Meter): ControllerMetrics {
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(name, { unit, description })
  const reconciles = counter('controller_reconciles', '{reconcile}', 'Looks at Traces, by result')
  const requests = counter(
    'controller_api_requests',
    '{request}',
    'Requests to the API server but for watches',
  )
  const agents = counter('controller_agent_requests', '{request}', 'Requests to agents, by result')
  const alerts = counter('controller_alerts', '{alert}', 'Alerts that came, by what became of them')
  const depth = meter.createObservableGauge('controller_queue_depth', {
    unit: '{trace}',
    description: 'Traces that wait to be looked at',
  })
  const leader = meter.createObservableGauge('controller_leader', {
    unit: '1',
    description: '1 for the one that leads',
  })
  return {
    reconciled: result => reconciles.add(1, { result }),
    asked: (verb, resource, status) => requests.add(1, { verb, resource, status }),
    askedAgent: (verb, result) => agents.add(1, { verb, result }),
    alerted: result => alerts.add(1, { result }),
    observe(read) {
      depth.addCallback(observer => observer.observe(read().depth))
      leader.addCallback(observer => observer.observe(Number(read().isLeading)))
    },
  }
}
