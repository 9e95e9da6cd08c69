/** The health routes of the controller. */
import type { Controller } from '../../controller/controller.ts'
import { healthRoutes } from '../../pipeline/http/health-routes.ts'
import type { Route } from '../../pipeline/http/route.ts'

/** Filled while the process starts. */
export interface Parts {
  controller?: Controller
  isStopping: boolean
}

/** Alive as long as it answers; ready when it knows what there is. */
export function controllerHealth(parts: Parts): readonly Route[] {
  const ready = () => [{ name: 'Traces, Jobs and agents', problem: problemOf(parts) }]
  const { livez, readyz } = healthRoutes({
    live: () => [{ name: 'event loop', problem: undefined }],
    ready,
    started: ready,
  })
  return [livez, readyz]
}

function problemOf({ controller, isStopping }: Parts): string | undefined {
  if (isStopping) return 'the process is stopping'
  if (!controller?.isSynced) return controller?.problem?.message ?? 'it is not known yet what there is'
  return controller.problem?.message
}
