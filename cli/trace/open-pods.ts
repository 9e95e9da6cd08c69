/** The pods that a trace needs for its selection, or likes to have for names. */
import { decodeFieldSelector } from '../../kubernetes/selectors/fields.ts'
import { RUNTIME_FIELDS } from '../../kubernetes/selectors/pod-fields.ts'
import type { Clock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { createPodView, NO_PODS, type PodView } from '../../trace/requests/pod-view.ts'
import type { TargetSelection } from '../../trace/requests/request.ts'
import { needsPods } from '../../trace/requests/targets.ts'
import { suggestCommand } from './hints.ts'
import { choosePodSource, type PodOptions, type PodSourceChoice } from './pod-source.ts'
import { waitForPods } from './wait-for-pods.ts'

interface OpenPods {
  readonly view: PodView
  close(): void
}

const NOBODY: OpenPods = { view: NO_PODS, close: () => {} }

/**
 * The pods of this node, read. Throws KUBERNETES_CONFIG_INVALID and KUBERNETES_API_FAILED if the selection cannot do without;
 * else `warn` is told, and containers have ids for names.
 */
export async function openPodsFor(
  targets: TargetSelection,
  options: PodOptions,
  { clock, abort, warn }: { clock: Clock; abort: AbortSignal; warn: (message: string) => void },
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
    if (targets.kind === 'containers') warn(`${lack}: containers are shown by their ids`)
    return NOBODY
  }
  // Loaded only now: most commands are traced where there are no pods.
  const { openPods } = await import('./pods.ts')
  try {
    const store = (await openPods(choice, options.node, clock))!
    const opened = {
      view: createPodView(store, () => clock.monotonicMs()),
      close: () => store.close(),
    }
    await waitForPods(store, clock, abort).catch((error: unknown) => {
      store.close()
      throw error
    })
    return opened
  } catch (error) {
    if (isNeeded || !(error instanceof SwollError)) throw error
    warn(`containers are shown by their ids: ${error.message}`)
    return NOBODY
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
