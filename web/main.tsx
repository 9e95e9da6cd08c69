/** The page of an agent: begins here. */
import { render } from 'preact'
import { App } from './app.tsx'
import { browserClock } from './data/clock.ts'
import { Session } from './data/session.ts'

render(<App session={new Session(import.meta.url)} clock={browserClock} />, document.getElementById('page')!)
