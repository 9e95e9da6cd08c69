/** The page as people use it, in Chromium. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { VIEWS } from '../../web/state.ts'
import { type Browser, startBrowser } from '../kit/browser.ts'
import { eventually } from '../kit/consumers.ts'
import { lacksCommand, when } from '../kit/skip.ts'
import { type FakeAgent, startFakeAgent } from './agent.ts'
import { click, clickLink, DESK, findBarriers, keepPicture, openView, shown, textOf, type } from './kit.ts'
import { MARKUP } from './numbers.ts'

const lack = lacksCommand('chromium')
const MOST_BYTES = 400_000
/** Of the Tab key over all of a page. */
const MOST_ROUNDS = 5

async function withPage(use: (browser: Browser, agent: FakeAgent) => Promise<void>): Promise<void> {
  await using agent = await startFakeAgent()
  await using browser = await startBrowser()
  await browser.resize(...DESK)
  await use(browser, agent)
}

const has = (browser: Browser, text: string, selector = 'main') =>
  eventually(async () => (await textOf(browser, selector)).includes(text))
const hash = (browser: Browser) => browser.evaluate<string>('decodeURIComponent(location.hash)')

const loading = suite('loading')
when(loading, lack)('asks nobody else, is light, and breaks no rule of its policy', () =>
  withPage(async (browser, agent) => {
    for (const view of VIEWS) await openView(browser, agent.url, `#${view}`)
    const elsewhere = browser.requests.filter(
      url => !url.startsWith(agent.url) && !/^(about|data):/.test(url),
    )
    assert.equal(elsewhere, [])
    assert.equal(browser.complaints, [])
    agent.sentBytes = 0
    await browser.reload()
    await eventually(() => agent.sentBytes > 100_000)
    await shown(browser)
    assert.ok(agent.sentBytes > 100_000 && agent.sentBytes < MOST_BYTES, `${agent.sentBytes} bytes`)
  }),
)
when(loading, lack)('takes no name for markup', () =>
  withPage(async (browser, agent) => {
    for (const view of ['overview', 'flows', 'treemap', 'errors', 'stuck']) {
      await openView(browser, agent.url, `#${view}?where.namespace=lab&waiting=1`)
      assert.is(await browser.evaluate('document.querySelectorAll("img, main script, iframe").length'), 0)
      assert.not.match(await browser.evaluate('document.title'), 'taken')
    }
    await openView(browser, agent.url, '#overview?where.namespace=lab')
    assert.ok((await textOf(browser)).includes(MARKUP))
  }),
)
when(loading, lack)('shows at the addresses of the original what they showed', () =>
  withPage(async (browser, agent) => {
    for (const [path, heading, wanted] of [
      ['/metrics/charts', 'Overview', ['Trouble first']],
      ['/metrics/charts/', 'Overview', ['Trouble first']],
      ['/metrics/charts?namespace=shop', 'Flows', ['Namespace shop', 'Container']],
      ['/metrics/charts?ord=ns,e', 'Flows', ['Namespace', 'Error']],
      ['/metrics/charts/sankey', 'Flows', ['Class', 'Group']],
      ['/metrics/charts/wc/errno', 'Errors', ['ECONNREFUSED']],
      ['/metrics/charts/wc/class', 'Errors', ['Filesystem']],
      ['/metrics/charts/wc/ns', 'Errors', ['kube-system']],
    ] as const) {
      await browser.open('about:blank')
      await browser.open(`${agent.url}${path}`)
      await shown(browser)
      assert.is(await textOf(browser, 'h1'), heading, path)
      for (const text of wanted) await has(browser, text)
    }
    assert.equal(browser.complaints, [])
  }),
)
loading.run()

const way = suite('a way')
when(way, lack)('leads from the node to an error by links, back by the crumbs, and survives a reload', () =>
  withPage(async (browser, agent) => {
    await openView(browser, agent.url, '#overview?expected=1&waiting=1')
    /** Clicks the link once it is there, and waits until the page is that of the link: one clicked before leads elsewhere. */
    const follow = async (text: string) => {
      await eventually(() => clickLink(browser, '#parts ~ * td a, #calls ~ * td a', text))
      await eventually(async () => (await hash(browser)).endsWith(`=${text}`))
      await has(browser, text, '.crumbs')
      await shown(browser)
    }
    for (const name of ['shop', 'web-7d9f-x2x4p', 'app', 'openat', 'EACCES']) await follow(name)
    const way =
      'where.namespace=shop&where.pod=web-7d9f-x2x4p&where.container=app&where.syscall=openat&where.errno=EACCES'
    assert.is(await hash(browser), `#overview?expected=1&waiting=1&${way}`)
    await browser.reload()
    await has(browser, 'Error EACCES', '.crumbs')
    assert.ok(await clickLink(browser, '.crumbs a', 'shop'))
    await eventually(async () => (await hash(browser)).endsWith('where.namespace=shop'))
    await browser.evaluate('history.back()')
    await has(browser, 'Error EACCES', '.crumbs')
  }),
)
when(way, lack)(
  'is all by keyboard: every control can be reached and used, and nothing keeps the focus',
  () =>
    withPage(async (browser, agent) => {
      for (const view of VIEWS) {
        await openView(browser, agent.url, `#${view}`)
        const missed = await tabThrough(browser)
        assert.equal(missed, [], view)
      }
      await openView(browser, agent.url, '#overview')
      await browser.evaluate('document.querySelector(".switch input").focus()')
      await browser.press(' ')
      await has(browser, 'is to be expected')
      await browser.evaluate('document.querySelector("td a").focus()')
      await browser.press('Enter')
      await eventually(async () => (await hash(browser)).includes('where.syscall'))
      await browser.evaluate('document.querySelector(".time input:checked").focus()')
      await browser.press('ArrowRight')
      await eventually(async () => (await hash(browser)).includes('window=15m'))
    }),
)
way.run()

/** Presses Tab until the focus has been everywhere; gives what it has not been on. */
async function tabThrough(browser: Browser): Promise<string[]> {
  await browser.evaluate(`{
    document.activeElement?.blur()
    window.visited = new Set()
    document.addEventListener('focusin', ({ target }) => visited.add(target))
    window.reachable = () => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
      .filter(each => !each.disabled && each.checkVisibility() && !(each.type === 'radio' && !each.checked))
  }`)
  const missed = () =>
    browser.evaluate<string[]>(
      'reachable().filter(each => !visited.has(each)).map(each => each.outerHTML.slice(0, 120))',
    )
  // More than one round: tables come while the keys are pressed, and the browser has stops of its own, such as what scrolls.
  for (let round = 0; round < MOST_ROUNDS && (await missed()).length > 0; round++) {
    const count = await browser.evaluate<number>('reachable().length')
    for (let i = 0; i < count; i++) await browser.press('Tab')
  }
  return missed()
}

const states = suite('a page')
when(states, lack)('keeps what was there when the agent does not answer, and says how old it is', () =>
  withPage(async (browser, agent) => {
    await browser.prepare(FAKE_TIMERS)
    await openView(browser, agent.url, '#overview')
    agent.mode = 'failing'
    await browser.evaluate('pass(10_000)')
    await has(browser, 'No answer')
    await has(browser, 'Shown is what came 10 s ago.')
    assert.match(await textOf(browser), '5.13 k/s')
    await keepPicture(browser, 'state-no-answer', { scheme: 'light' })
    agent.mode = 'usual'
    await browser.evaluate('pass(10_000)')
    await eventually(async () => !(await textOf(browser)).includes('No answer'))
  }),
)
when(states, lack)('says what to do where there are no numbers, and no API', () =>
  withPage(async (browser, agent) => {
    agent.mode = 'empty'
    agent.services = { api: false, stuck: false, seen: false }
    for (const [view, text] of [
      ['overview', 'No call in this window'],
      ['flows', 'Choose a longer one'],
      ['treemap', 'Choose a longer one'],
      ['latency', 'Choose a longer one'],
      ['errors', 'none in this window'],
      ['compare', 'window'],
      ['trace', 'trace_api'],
      ['jobs', 'trace_api'],
      ['stuck', 'trace_api'],
    ] as const) {
      await openView(browser, agent.url, `#${view}`)
      await has(browser, text)
      await keepPicture(browser, `state-empty-${view}`, { scheme: 'dark' })
      assert.equal(await findBarriers(browser), [], view)
    }
  }),
)
when(states, lack)('asks for a token where the agent wants one, and keeps it nowhere', () =>
  withPage(async (browser, agent) => {
    agent.token = 'secret'
    await openView(browser, agent.url, '#overview')
    await has(browser, 'asks for a token', 'form.login')
    await keepPicture(browser, 'state-login', { scheme: 'light' })
    assert.equal(await findBarriers(browser), [])
    await type(browser, 'This agent', 'secret')
    await click(browser, 'form.login button')
    await has(browser, '5.13 k/s')
    const kept =
      'JSON.stringify([localStorage.length, sessionStorage.length, document.cookie, location.href.includes("secret")])'
    assert.is(await browser.evaluate(kept), '[0,0,"",false]')
    await browser.reload()
    await has(browser, 'asks for a token', 'form.login')
  }),
)
when(states, lack)('tells what is new since the window before, and since the revision before', () =>
  withPage(async (browser, agent) => {
    await openView(browser, agent.url, '#compare?before=5m')
    await has(browser, 'Nothing is otherwise')
    await openView(browser, agent.url, '#compare?kind=revisions')
    await has(browser, 'shop / deployment/web')
    await type(browser, 'Before', '5c1a')
    await type(browser, 'After', '7d9f')
    await eventually(async () => (await hash(browser)).includes('from=5c1a&to=7d9f'))
    await has(browser, 'new')
    assert.match(await textOf(browser, 'tr.new'), /^newfsync/)
    await keepPicture(browser, 'compare-revisions', { scheme: 'light' })
    assert.match(await textOf(browser, 'tbody'), 'kill')
  }),
)
when(states, lack)('asks nothing while nobody sees it or it is frozen', () =>
  withPage(async (browser, agent) => {
    await browser.prepare(FAKE_TIMERS)
    await openView(browser, agent.url, '#overview')
    await click(browser, '.time button')
    await eventually(async () => (await hash(browser)).includes('end='))
    await shown(browser)
    const before = browser.requests.length
    await browser.evaluate('pass(60_000)')
    assert.is(browser.requests.length, before)
    await has(browser, 'Frozen', 'footer')
    await click(browser, '.time button')
    await eventually(() => browser.requests.length > before)
    await browser.evaluate(
      `Object.defineProperty(document, 'hidden', { value: true, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
    )
    await shown(browser)
    const hidden = browser.requests.length
    await browser.evaluate('pass(60_000)')
    assert.is(browser.requests.length, hidden)
  }),
)
when(states, lack)('does not grow over an hour of updates', () =>
  withPage(async (browser, agent) => {
    await browser.prepare(FAKE_TIMERS)
    await openView(browser, agent.url, '#overview')
    const round = async (ticks: number) => {
      for (const view of ['overview', 'flows', 'treemap', 'latency', 'errors']) {
        await browser.evaluate(`location.hash = '#${view}'`)
        await shown(browser)
        for (let i = 0; i < ticks; i++) {
          agent.nowMs += 10_000
          await browser.evaluate('pass(10_000)')
          await eventually(() => browser.evaluate('pending === 0'))
        }
      }
      await browser.evaluate(`location.hash = '#overview'`)
      await shown(browser)
      return browser.heapBytes()
    }
    const first = await round(12)
    const last = await round(60) // an hour of 10 s: 360 with the first
    assert.ok(last < first * 1.1 + 500_000, `${first} bytes, then ${last}`)
  }),
)
states.run()

/** Timers of half a second and more wait until a test lets the time pass; requests are counted. */
const FAKE_TIMERS = `
  const { setTimeout: later, clearTimeout: forget, fetch: ask } = window
  let now = Date.now(), next = 1, timers = []
  window.pending = 0
  Date.now = () => now
  window.setTimeout = (run, ms = 0, ...rest) => {
    if (ms < 500) return later(run, ms, ...rest)
    timers.push({ id: -next, at: now + ms, run })
    return -next++
  }
  window.clearTimeout = id => id < 0 ? void (timers = timers.filter(timer => timer.id !== id)) : forget(id)
  window.fetch = async (...args) => {
    pending++
    try { return await ask(...args) } finally { later(() => pending--, 0) }
  }
  window.pass = ms => {
    now += ms
    const due = timers.filter(timer => timer.at <= now)
    timers = timers.filter(timer => timer.at > now)
    for (const { run } of due) run()
  }
`
