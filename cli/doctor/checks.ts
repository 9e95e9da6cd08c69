/** All checks, in the order in which they are told of. */
import type { Check } from './check.ts'
import { agentAnswers } from './checks/agent-answers.ts'
import { agentCost } from './checks/agent-cost.ts'
import { agentExports } from './checks/agent-exports.ts'
import { agentLosses } from './checks/agent-losses.ts'
import { agentSeries } from './checks/agent-series.ts'
import { agentTracing } from './checks/agent-tracing.ts'
import { capabilities } from './checks/capabilities.ts'
import { cgroups } from './checks/cgroups.ts'
import { clock } from './checks/clock.ts'
import { cluster } from './checks/cluster.ts'
import { configuration } from './checks/configuration.ts'
import { files } from './checks/files.ts'
import { jit } from './checks/jit.ts'
import { kernel } from './checks/kernel.ts'
import { lockdown } from './checks/lockdown.ts'
import { memory } from './checks/memory.ts'
import { pinned } from './checks/pinned.ts'
import { ports } from './checks/ports.ts'
import { programs } from './checks/programs.ts'
import { prometheus } from './checks/prometheus.ts'
import { runtime } from './checks/runtime.ts'
import { sandboxes } from './checks/sandboxes.ts'
import { types } from './checks/types.ts'
import { watchers } from './checks/watchers.ts'

/** By what they look at: this host and the configuration, the agent that runs, Prometheus. */
export const CHECKS: Readonly<Record<'host' | 'agent' | 'prometheus', readonly Check[]>> = {
  host: [
    ...[configuration, kernel, types, capabilities, lockdown, jit, programs, cgroups, memory, files],
    ...[runtime, cluster, ports, clock, watchers, pinned, sandboxes],
  ],
  agent: [agentAnswers, agentLosses, agentSeries, agentExports, agentCost, agentTracing],
  prometheus: [prometheus],
}
