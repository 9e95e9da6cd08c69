/** The pods that a trace needs for its selection, or likes to have for names. */
import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import { configInvalid } from '../../kubernetes/client/access.ts'
import { givenNodeName } from '../../kubernetes/pods/node-name.ts'
import { openPods } from '../../kubernetes/pods/open.ts'
import { decodeOrigin, type PodOrigin } from '../../kubernetes/pods/origin.ts'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import { waitForSync } from '../../kubernetes/pods/wait-for-sync.ts'
import { decodeFieldSelector } from '../../kubernetes/selectors/fields.ts'
import { RUNTIME_FIELDS } from '../../kubernetes/selectors/pod-fields.ts'
import type { Clock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { Services } from '../../pipeline/services.ts'
import { createPodView, NO_PODS, type PodView } from '../../trace/requests/pod-view.ts'
import type { TargetSelection } from '../../trace/requests/request.ts'
import { needsPods } from '../../trace/requests/targets.ts'
import { suggestCommand } from './hints.ts'
import { choosePodSource, type PodOptions, type PodSourceChoice } from './pod-source.ts'

/** How long the first list of pods may take. */
const SYNC_MS = 15_000

interface OpenPods {
  readonly view: PodView
  close(): Promise<void>
}

interface Context {
  readonly clock: Clock
  readonly abort: AbortSignal
  readonly warn: (message: string) => void
}

const NOBODY: OpenPods = { view: NO_PODS, close: async () => {} }

/**
 * The pods of this node, read. Throws KUBERNETES_CONFIG_INVALID and KUBERNETES_API_FAILED if the selection cannot do without;
 * else `warn` is told, and containers have ids for names.
 */
export async function openPodsFor(
  targets: TargetSelection,
  options: PodOptions,
  context: Context,
): Promise<OpenPods> {
  const isNeeded = needsPods(targets)
  if (targets.kind === 'host' || targets.kind === 'units') return NOBODY
  const choice = choosePodSource(options, process.env)
  checkFields(targets, choice)
  if (choice.kind === 'none') {
    const lack = 'there is no --kubeconfig, service account, $KUBECONFIG or socket of a container runtime'
    if (isNeeded)
      throw new SwollError(
        'KUBERNETES_CONFIG_INVALID',
        `pods: must be known to select them, and ${lack}${suggestCommand(targets)}`,
      )
    if (targets.kind === 'containers') context.warn(`${lack}: containers are shown by their ids`)
    return NOBODY
  }
  try {
    return await open(toOrigin(choice, options.node), context)
  } catch (error) {
    if (isNeeded || !(error instanceof SwollError)) throw error
    context.warn(`containers are shown by their ids: ${error.message}`)
    return NOBODY
  }
}

async function open(origin: PodOrigin, { clock, abort }: Context): Promise<OpenPods> {
  const { value: store, release } = await openPods(origin, { service: new Services().lease }, { clock })
  const close = () => release(abort)
  store.start()
  const isSynced = await waitForSync(store, { clock, timeoutMs: SYNC_MS, isImpatient: true }, abort)
  if (isSynced || abort.aborted) return { view: createPodView(store, () => clock.monotonicMs()), close }
  await close()
  throw notRead(store)
}

function notRead({ problem }: PodStore): SwollError {
  const what = problem?.message ?? `pods must be read within ${SYNC_MS / 1000} s, and were not`
  const remedy = 'give --kubeconfig or --cri, or select containers by id with -c'
  return new SwollError('KUBERNETES_API_FAILED', `${what}; ${remedy}`, { cause: problem })
}

/** Throws KUBERNETES_CONFIG_INVALID. */
function toOrigin(choice: Exclude<PodSourceChoice, { kind: 'none' }>, node: string | undefined): PodOrigin {
  // A pod that is gone keeps its name for what it did last.
  const origin = { delete_grace_period: '1m', filter: { node } }
  switch (choice.kind) {
    case 'service_account':
      return decodeOrigin(origin)
    case 'kubeconfig':
      return decodeOrigin({ ...origin, auth_type: 'kubeConfig', kube_config_path: choice.path })
    case 'runtime': {
      const { socket } = choice
      if (!statSync(socket, { throwIfNoEntry: false })?.isSocket())
        throw configInvalid(`--cri: must be the socket of a container runtime, got "${socket}"`)
      const cri = { endpoint: `unix://${socket}`, interval: '2s' }
      const filter = { node: givenNodeName({ node }) ?? hostname() }
      return decodeOrigin({ ...origin, source: 'cri', cri, filter })
    }
  }
}

/** Throws USAGE_INVALID for a field that nobody would ever know. */
function checkFields(targets: TargetSelection, choice: PodSourceChoice): void {
  if (targets.kind !== 'containers' || choice.kind !== 'runtime') return
  const unknown = decodeFieldSelector(targets.fields).find(({ field }) => !RUNTIME_FIELDS.includes(field))
  if (unknown === undefined) return
  throw new SwollError(
    'USAGE_INVALID',
    `--field-selector: must name what a container runtime knows (${RUNTIME_FIELDS.join(', ')}), got "${unknown.field}"; give --kubeconfig`,
  )
}
