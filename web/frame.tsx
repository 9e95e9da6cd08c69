/** Header, ways to the views, the view, and the foot. */
import { useEffect, useState } from 'preact/hooks'
import { usePage } from './data/page-context.ts'
import { toTime } from './format.ts'
import { Breadcrumbs, Go } from './parts/place.tsx'
import { VIEWS, type View, WINDOWS } from './state.ts'
import { Compare } from './views/compare.tsx'
import { Errors } from './views/errors.tsx'
import { Flows } from './views/flows.tsx'
import { Jobs } from './views/jobs.tsx'
import { Latency } from './views/latency.tsx'
import { Overview } from './views/overview.tsx'
import { Stuck } from './views/stuck.tsx'
import { Trace } from './views/trace.tsx'
import { Treemap } from './views/treemap.tsx'

const SHOWN: Readonly<Record<View, { readonly title: string; readonly show: () => preact.JSX.Element }>> = {
  overview: { title: 'Overview', show: Overview },
  flows: { title: 'Flows', show: Flows },
  treemap: { title: 'Treemap', show: Treemap },
  errors: { title: 'Errors', show: Errors },
  latency: { title: 'Latency', show: Latency },
  compare: { title: 'Compare', show: Compare },
  trace: { title: 'Trace', show: Trace },
  jobs: { title: 'Jobs', show: Jobs },
  stuck: { title: 'Stuck', show: Stuck },
}
/** Views of calls one by one, which have no window. */
const WITHOUT_WINDOW: readonly View[] = ['trace', 'jobs', 'stuck']

interface FrameProps {
  readonly isLoginAsked: boolean
  readonly logIn: (token: string) => void
}

export function Frame({ isLoginAsked, logIn }: FrameProps) {
  const { state, about } = usePage()
  const { title, show: View } = SHOWN[state.view]
  const hasWindow = !WITHOUT_WINDOW.includes(state.view)
  useEffect(() => {
    document.title = [title, about?.node, 'swoll'].filter(Boolean).join(' – ')
  }, [title, about?.node])
  return (
    <>
      <button type="button" class="skip" onClick={toMain}>
        To the content
      </button>
      <header>
        <p class="brand">
          <b>swoll</b> <span class="node">{about?.node}</span>
        </p>
        <Views />
        {hasWindow && <Time />}
      </header>
      {isLoginAsked && <Login logIn={logIn} />}
      <main id="main" tabIndex={-1}>
        <h1>{title}</h1>
        {hasWindow && <Breadcrumbs />}
        <View key={state.view} />
      </main>
      <Foot />
    </>
  )
}

/** No link: the address says which view it is. */
function toMain(): void {
  document.getElementById('main')?.focus()
}

function Views() {
  const { state } = usePage()
  return (
    <nav aria-label="Views" class="views">
      <ul>
        {VIEWS.map(view => (
          <li key={view} aria-current={view === state.view ? 'page' : undefined}>
            <Go to={{ view }}>{SHOWN[view].title}</Go>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Time() {
  const { state, go, about } = usePage()
  const isFrozen = state.end !== undefined
  const freeze = () => go({ end: isFrozen ? undefined : about?.endMs }, 'replace')
  return (
    <div class="time">
      <fieldset>
        <legend>Window</legend>
        {WINDOWS.map(window => (
          <label key={window}>
            <input
              type="radio"
              name="window"
              checked={window === state.window}
              onChange={() => go({ window }, 'replace')}
            />
            <span>{window}</span>
          </label>
        ))}
      </fieldset>
      <button type="button" aria-pressed={isFrozen} onClick={freeze} disabled={!about?.endMs && !isFrozen}>
        {isFrozen ? 'Go on' : 'Freeze'}
      </button>
    </div>
  )
}

function Login({ logIn }: { readonly logIn: FrameProps['logIn'] }) {
  const [token, setToken] = useState('')
  const submit = (event: Event) => {
    event.preventDefault()
    logIn(token)
    setToken('')
  }
  return (
    <form class="login" onSubmit={submit} aria-label="Login">
      <label class="field">
        <span class="label">This agent asks for a token. The page keeps it until it is closed</span>
        <input
          type="password"
          autocomplete="off"
          value={token}
          onInput={event => setToken(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Log in</button>
    </form>
  )
}

function Foot() {
  const { state, about, session } = usePage()
  if (!about) return null
  const end = state.end ?? about.endMs
  return (
    <footer>
      <p>
        {state.end !== undefined && <b>Frozen. </b>}
        {end > 0 ? `Numbers until ${toTime(end)}` : 'No collection yet'}
        {about.intervalMs > 0 && `, collected every ${Math.round(about.intervalMs / 1000)} s`}
        {about.oldestMs > 0 && `, kept since ${toTime(about.oldestMs)}`}. swoll {about.version}.{' '}
        <a href={new URL('table?by=namespace,pod', session.numbers).href}>The same as JSON</a>
      </p>
    </footer>
  )
}
