/** A source narrowed to the pods that labels select, whichever those are at the moment. */
import { hasLabels, type LabelRequirement } from '../../kubernetes/selectors/labels.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { StatsQuery } from '../../stats/api/query.ts'
import type { TopSource } from './source.ts'

export interface LabelledPod {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** Most values of a dimension that a question may have. */
const MOST_PODS = 100
/** No pod has this name: it is none that Kubernetes takes. */
const NOBODY = '(no pod)'

export function selectByLabels(
  source: TopSource,
  requirements: readonly LabelRequirement[],
  pods: (abort: AbortSignal) => Promise<readonly LabelledPod[]>,
): TopSource {
  return {
    name: source.name,
    async query(query, abort) {
      const matching = (await pods(abort)).filter(({ labels }) => hasLabels(labels, requirements))
      return source.query({ ...query, where: narrow(query.where, matching) }, abort)
    },
    problems: () => source.problems(),
    close: () => source.close(),
  }
}

function narrow(where: StatsQuery['where'], matching: readonly LabelledPod[]): StatsQuery['where'] {
  const names = new Set(matching.map(({ name }) => name))
  const chosen = where.pod === undefined ? [...names] : where.pod.filter(name => names.has(name))
  if (chosen.length > MOST_PODS)
    throw new SwollError(
      'TARGET_INVALID',
      `--label-selector: must select ${MOST_PODS} pods at most, got ${chosen.length}; narrow it, or give --namespace`,
    )
  const namespaces = [...new Set(matching.map(({ namespace }) => namespace))]
  const places = where.namespace ?? (namespaces.length <= MOST_PODS ? namespaces : undefined)
  return {
    ...where,
    pod: chosen.length > 0 ? chosen : [NOBODY],
    ...(places !== undefined && places.length > 0 && { namespace: places }),
  }
}
