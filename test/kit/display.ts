import type { Display } from '../../trace/formats/format.ts'

/** How calls are shown when no option says otherwise. */
export const DISPLAY: Display = {
  clock: 'none',
  isRelative: false,
  hasDurations: false,
  hasTypes: false,
  sort: 'time',
}
