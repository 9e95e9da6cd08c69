/** Makes the controller of its settings. */
import { createAgentApi } from '../../controller/agent-client.ts'
import type { AgentDirectory } from '../../controller/agents.ts'
import type { ClusterApi } from '../../controller/cluster-api.ts'
import { Controller } from '../../controller/controller.ts'
import { foundAgents, givenAgents } from '../../controller/directory.ts'
import { JOBS, MANAGED_BY, TRACES } from '../../controller/kinds.ts'
import type { ControllerMetrics } from '../../controller/metrics.ts'
import type { ReaderJob } from '../../controller/reader-job.ts'
import type { Trace } from '../../controller/resource.ts'
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import { ListWatch } from '../../kubernetes/client/list-watch.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { createAgentAccess, openAccess } from './access.ts'
import type { ControllerSettings } from './decode-options.ts'

interface Making {
  readonly client: ApiClient
  readonly api: ClusterApi
  readonly metrics: ControllerMetrics
  readonly log: Logger
}

/** Has yet to be started. Throws USAGE_INVALID for files that cannot be read. */
export async function createController(
  settings: ControllerSettings,
  { client, api, metrics, log }: Making,
): Promise<Controller> {
  const { image, imagePullPolicy, serverName, service } = settings
  const access = createAgentAccess(await openAccess(settings), settings)
  await Promise.all([access.ca(), access.token()]) // what cannot be read is said now
  const clock = systemClock
  const labels = Object.entries(MANAGED_BY).map(([key, value]) => `${key}=${value}`)
  const isFound = settings.endpoints.length === 0
  const nameOfAll = serverName ?? (isFound ? `${service.name}.${service.namespace}.svc` : undefined)
  return new Controller({
    api,
    agentApi: createAgentApi({ access, clock, onRequest: metrics.askedAgent }),
    directory: createDirectory(settings, client, log),
    traces: new ListWatch<Trace>({ client, object: TRACES, selectors: async () => ({}), clock }),
    jobs: new ListWatch<ReaderJob>({
      client,
      object: JOBS,
      selectors: async () => ({ labelSelector: labels.join() }),
      clock,
    }),
    reader: async () => ({ image, imagePullPolicy, serverName: nameOfAll, ca: await access.ca() }),
    clock,
    log,
    onResult: metrics.reconciled,
  })
}

function createDirectory(settings: ControllerSettings, client: ApiClient, log: Logger): AgentDirectory {
  const { endpoints, isTls, serverName, service } = settings
  if (endpoints.length > 0) return givenAgents(endpoints, isTls, serverName)
  const onFailure = (error: Error) => log.warn({ error: error.message }, 'The agents could not be listed')
  return foundAgents({ client, service, serverName, clock: systemClock, onFailure })
}
