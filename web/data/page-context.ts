/** What all parts of a page share. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { StatsAbout } from '../../stats/api/about.ts'
import type { State } from '../state.ts'
import type { PageClock } from './clock.ts'
import type { Session } from './session.ts'

export interface Page {
  readonly state: State
  /** Goes to another state; `replace`: without a step to come back to. */
  go(change: Partial<State>, how?: 'replace'): void
  readonly session: Session
  readonly clock: PageClock
  /** Undefined: the agent has not answered yet. */
  readonly about: StatsAbout | undefined
  /** Grows with each collection, and when there is a reason to ask anew. */
  readonly tick: number
  /** Asks for everything anew, at once. */
  refresh(): void
  askToLogIn(): void
}

export const PageContext = createContext<Page | undefined>(undefined)

export function usePage(): Page {
  const page = useContext(PageContext)
  if (page === undefined) throw new Error('the page has no context')
  return page
}
