/** The frame of all views: where one is, of when the numbers are, and who is logged in. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import type { StatsAbout } from '../stats/api/about.ts'
import type { PageClock } from './data/clock.ts'
import { type Page, PageContext, usePage } from './data/page-context.ts'
import type { Session } from './data/session.ts'
import { useAnswer } from './data/use-answer.ts'
import { useTicks } from './data/use-ticks.ts'
import { Frame } from './frame.tsx'
import { changeState, readState, type State, writeState } from './state.ts'

interface AppProps {
  readonly session: Session
  readonly clock: PageClock
}

export function App({ session, clock }: AppProps) {
  const [state, go] = useAddress()
  const [about, setAbout] = useState<StatsAbout | undefined>()
  const [isLoginAsked, setLoginAsked] = useState(false)
  const [asks, setAsks] = useState(0)
  const isLive = state.end === undefined
  const tick = useTicks(clock, about?.intervalMs ?? 0, isLive) + asks
  const askToLogIn = useCallback(() => setLoginAsked(true), [])
  const refresh = useCallback(() => setAsks(count => count + 1), [])
  const logIn = (token: string) => {
    session.logIn(token)
    setLoginAsked(false)
    refresh()
  }
  const page = useMemo<Page>(
    () => ({ state, go, session, clock, about, tick, refresh, askToLogIn }),
    [state, go, session, clock, about, tick, refresh, askToLogIn],
  )
  return (
    <PageContext.Provider value={page}>
      <AboutLoader onLoad={setAbout} />
      <Frame isLoginAsked={isLoginAsked} logIn={logIn} />
    </PageContext.Provider>
  )
}

/** Asks who the agent is, again with each collection: it may have started anew with other settings. */
function AboutLoader({ onLoad }: { readonly onLoad: (about: StatsAbout) => void }) {
  const { session } = usePage()
  const { value } = useAnswer<StatsAbout>(new URL('about', session.numbers).href)
  useEffect(() => {
    if (value) onLoad(value)
  }, [value, onLoad])
  return null
}

/** The state as the address bar has it: links, reloads and the way back all work. */
function useAddress(): readonly [State, Page['go']] {
  const read = () => readState(location.pathname, location.search, location.hash)
  const [state, setState] = useState(read)
  useEffect(() => {
    const changed = () => setState(read())
    window.addEventListener('hashchange', changed)
    return () => window.removeEventListener('hashchange', changed)
  }, [])
  const go = useCallback((change: Partial<State>, how?: 'replace') => {
    const hash = writeState(changeState(read(), change))
    if (how !== 'replace') {
      location.hash = hash
      return
    }
    history.replaceState(null, '', hash)
    setState(read())
  }, [])
  return [state, go]
}
