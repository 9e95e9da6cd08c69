import type { Display } from '../../trace/formats/format.ts'

/** The display of calls without any option. */
export const DISPLAY: Display = {
  clock: 'none',
  isRelative: false,
  hasDurations: false,
  hasTypes: false,
  sort: 'time',
}
