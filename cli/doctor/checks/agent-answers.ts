import { defineCheck, type Said } from '../check.ts'
import { formatAge } from '../format.ts'
import { Metrics } from '../metrics-text.ts'

const YOUNG_S = 60
type Id = 'agent_unreachable' | 'agent_absent' | 'agent_young'

export const agentAnswers = defineCheck<Id>({
  name: 'agent',
  asks: 'Whether an agent answers at --agent, for how long it has run',
  entries: {
    agent_unreachable: {
      severity: 'problem',
      title: 'The agent does not answer',
      consequence: 'Nothing is known of what it does, or it does nothing.',
      remedy:
        'Look at its log: journalctl -u swoll, kubectl logs. Its own metrics are at service::telemetry::metrics::readers, by default http://localhost:8888/metrics of its network namespace.',
    },
    agent_absent: {
      severity: 'note',
      title: 'No agent runs here',
      consequence: 'Findings on what runs are left out.',
      remedy: 'Start one, or name one with --agent URL.',
    },
    agent_young: {
      severity: 'note',
      title: 'The agent has run for a short time only',
      consequence:
        'If it was not you who restarted it, it may be restarting again and again; losses are not known yet.',
      remedy:
        'kubectl get pods shows RESTARTS; systemctl show swoll -p NRestarts; kubectl describe pod and journalctl say why.',
    },
  },
  judge({ agent }) {
    if (agent === undefined) return undefined
    if (agent.error !== undefined) {
      const id = agent.isNamed ? 'agent_unreachable' : 'agent_absent'
      return [{ id, evidence: `${agent.url}: ${agent.error}` }]
    }
    const metrics = new Metrics(agent.after)
    const uptimeS = metrics.sum('otelcol_process_uptime')
    const version = agent.after.find(({ name }) => name === 'target_info')?.labels.service_version
    const said: Said<Id>[] = []
    if (uptimeS < YOUNG_S)
      said.push({
        id: 'agent_young',
        evidence: `${agent.url}: up for ${formatAge(uptimeS)}, less than ${YOUNG_S} s`,
      })
    if (said.length > 0) return said
    return `${agent.url}: swoll ${version ?? 'of an unknown version'}, up for ${formatAge(uptimeS)}`
  },
})
