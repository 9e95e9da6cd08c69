import { defineCheck, type Said } from '../check.ts'
import type { AgentFacts, PortFacts } from '../facts.ts'
import { formatAddress } from '../format.ts'

type Id = 'port_taken' | 'port_denied' | 'address_missing'

/** Whether an agent that answers has the port itself. */
function isOwn({ holder }: PortFacts, agent: AgentFacts | undefined): boolean {
  if (agent === undefined || agent.error !== undefined) return false
  if (holder === undefined || agent.process === undefined) return true // in another namespace: it answers, so it has its ports
  return holder.pid === agent.process.pid
}

export const ports = defineCheck<Id>({
  name: 'ports',
  asks: 'Whether the addresses of the configuration are free, and who has them if not',
  entries: {
    port_taken: {
      severity: 'problem',
      title: 'A port is taken',
      consequence: 'The agent does not start with this configuration.',
      remedy: 'Stop who has it, or set another port.',
    },
    port_denied: {
      severity: 'problem',
      title: 'A port may not be listened on',
      consequence: 'The agent does not start with this configuration.',
      remedy: 'Use a port from 1024 on, or grant CAP_NET_BIND_SERVICE.',
    },
    address_missing: {
      severity: 'problem',
      title: 'This host does not have an address of the configuration',
      consequence: 'The agent does not start with this configuration.',
      remedy: 'Set an address of this host, or leave the host out: `:9095` are all addresses.',
    },
  },
  judge({ host, agent }) {
    if (host.ports.length === 0) return undefined
    const said: Said<Id>[] = []
    for (const port of host.ports) {
      if (port.state === 'free' || (port.state === 'taken' && isOwn(port, agent))) continue
      said.push(sayPort(port))
    }
    if (said.length > 0) return said
    const where = host.ports.map(
      each => `${formatAddress(each)} (${each.state === 'free' ? 'free' : 'the agent'})`,
    )
    return where.join(', ')
  },
})

function sayPort({ place, host, port, state, holder }: PortFacts): Said<Id> {
  const address = formatAddress({ host, port })
  if (state === 'denied')
    return { id: 'port_denied', evidence: `${address} (${place}) is refused to this user` }
  if (state === 'no_address') return { id: 'address_missing', evidence: `${address} (${place})` }
  const who = holder ? `${holder.name} (pid ${holder.pid})` : 'somebody whom this process cannot see'
  const setting = place.endsWith('::endpoint')
    ? `${place}: ${formatAddress({ host, port: port + 1 })}`
    : 'service::telemetry::metrics::readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8889}}}}]'
  return {
    id: 'port_taken',
    evidence: `${address} (${place}) is listened on by ${who}`,
    setting,
    ...(holder && { commands: [`kill ${holder.pid}`] }),
  }
}
