/** What the options of `swoll top` mean. */
import {
  decodeLabelSelector,
  type LabelRequirement,
  SelectorError,
} from '../../kubernetes/selectors/labels.ts'
import { decodeDuration } from '../../pipeline/duration.ts'
import { ALIASES, DIMENSIONS, type Dimension } from '../../stats/api/dimensions.ts'
import { MOST_ROWS, SHOWN } from '../../stats/api/query.ts'
import type { Usage } from '../trace/usage.ts'
import { SORT_WORDS } from './columns.ts'
import { GROUPINGS } from './groupings.ts'
import { firstState } from './live.ts'
import { TOP_OUTPUTS, type TypedView } from './options.ts'
import type { TopState, Where } from './state.ts'

export interface TopOptions {
  readonly state: TopState
  readonly requirements: readonly LabelRequirement[]
  readonly hasHosts: boolean
  readonly delayMs: number
  readonly limit: number
  /** The screen; one table; tables one after the other. */
  readonly mode: 'screen' | 'once' | 'stream'
  readonly format: 'table' | 'json'
}

const LOCAL_WINDOW_MS = 5000
/** Agents collect every ten seconds, as a rule. */
const AGENT_WINDOW_MS = 60_000

/** Every mistake goes to `usage`. `isRemote`: agents are asked. */
export function decodeView(typed: TypedView, isRemote: boolean, usage: Usage): TopOptions {
  const output = usage.oneOf('--output', typed.output ?? 'cli', TOP_OUTPUTS) ?? 'cli'
  const windowMs = usage.duration('--window', typed.window, { min: '100ms', max: '1h' })
  const forMs = usage.duration('--for', typed.for, { min: '100ms', max: '1h' })
  const mode =
    typed.ui === false ? 'stream' : typed.once || output !== 'cli' || forMs !== undefined ? 'once' : 'screen'
  if (typed.once && typed.ui === false) usage.refuse('--no-ui', 'must not be given together with --once')
  if (mode === 'screen' && typed.limit !== undefined)
    usage.refuse(
      '--limit',
      'must be given together with --once, --no-ui or -o; the screen has as many rows as fit',
    )
  const by = decodeBy(typed.by, usage)
  const sort = usage.oneOf('--sort', typed.sort ?? 'rate', SORT_WORDS) ?? 'rate'
  if ((DIMENSIONS as readonly string[]).includes(sort) && !by.includes(sort as Dimension))
    usage.refuse('--sort', `must be a column that is there, got "${sort}"; give it with --by`)
  return {
    state: firstState({
      by,
      where: decodeWhere(typed, usage),
      sort,
      // From A, as people read; numbers from the largest.
      isAscending: (DIMENSIONS as readonly string[]).includes(sort) !== (typed.reverse ?? false),
      show: usage.oneOf('--show', typed.show ?? 'all', SHOWN) ?? 'all',
      windowMs: forMs ?? windowMs ?? (isRemote ? AGENT_WINDOW_MS : LOCAL_WINDOW_MS),
      filter: typed.filter ?? '',
    }),
    requirements: decodeLabels(typed.labelSelector, usage),
    hasHosts: typed.aggregateHosts ?? false,
    delayMs: usage.duration('--delay', typed.delay, { min: '100ms', max: '10m' }) ?? decodeDuration('1s')!,
    limit: usage.integer('--limit', typed.limit, { min: 1, max: MOST_ROWS }) ?? MOST_ROWS,
    mode,
    format: output === 'json' ? 'json' : 'table',
  }
}

function decodeBy(given: readonly string[] | undefined, usage: Usage): readonly Dimension[] {
  if (given === undefined) return GROUPINGS[0]!.by
  const by = usage.words('--by', given).flatMap(word => {
    const name = Object.hasOwn(ALIASES, word) ? ALIASES[word]! : word
    return usage.oneOf('--by', name, DIMENSIONS) ?? []
  })
  return by.length > 0 ? [...new Set(by)] : GROUPINGS[0]!.by
}

function decodeWhere(typed: TypedView, usage: Usage): Where {
  const { namespace } = typed
  const namespaces = typeof namespace === 'string' ? [namespace] : usage.words('--namespace', namespace)
  const all = {
    namespace: namespaces,
    pod: usage.words('--pod', typed.pod),
    container: usage.words('--container', typed.container),
    unit: usage.words('--unit', typed.unit),
    syscall: usage.words('--syscalls', typed.syscalls).map(word => word.replace(/^sys_/, '')),
  }
  return Object.fromEntries(Object.entries(all).filter(([, values]) => values.length > 0))
}

function decodeLabels(text: string | undefined, usage: Usage): readonly LabelRequirement[] {
  try {
    return decodeLabelSelector(text ?? '')
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    usage.refuse('--label-selector', error.message)
    return []
  }
}
