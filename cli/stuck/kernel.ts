/** Asks this kernel which threads are in which calls. */

import { hostname } from 'node:os'
import { givenNodeName } from '../../kubernetes/pods/node-name.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { InFlightDocument } from '../../trace/api/in-flight.ts'
import { createRedactor } from '../../trace/filters/redact.ts'
import { createNames } from '../../trace/formats/names.ts'
import { openSession } from '../../trace/host.ts'
import { lookInFlight, toDocument } from '../../trace/in-flight/look.ts'
import { toJobSpec } from '../../trace/requests/job-of-request.ts'
import { createNodeTargets } from '../../trace/requests/targets.ts'
import { say } from '../stderr.ts'
import { openPodsFor } from '../trace/open-pods.ts'
import { createOurs } from '../trace/ours.ts'
import { checkConsent, checkProcesses } from '../trace/processes.ts'
import type { StuckOptions } from './decode-options.ts'

/** Rejects with what loading the programs, and reading the pods that are asked for, rejects with. */
export async function askKernel(options: StuckOptions, abort: AbortSignal): Promise<InFlightDocument> {
  await using cleanup = new AsyncDisposableStack()
  const { request, minMs, limit, redact } = options
  checkProcesses(request.targets)
  const pods = await openPodsFor(request.targets, options, { clock: systemClock, abort, warn: say })
  cleanup.defer(() => pods.close())
  checkConsent(request.targets, pods.view)
  const session = openSession(request.limits)
  cleanup.defer(() => session.close())
  const spec = toJobSpec('swoll stuck', request, createNodeTargets(request.targets, pods.view))
  return toDocument(lookInFlight(session, spec, minMs * 1e6), {
    session,
    names: createNames(resource => pods.view.findName(resource)),
    node: givenNodeName({ node: options.node }) ?? hostname(),
    clock: systemClock,
    limit,
    isWanted: createOurs(request, false),
    redact: redact.length > 0 ? createRedactor(redact) : undefined,
  })
}
