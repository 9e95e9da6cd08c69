/** Traces and jobs on the page, with the real API of an agent behind it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startBrowser } from '../kit/browser.ts'
import { eventually } from '../kit/consumers.ts'
import { lacksCommand, when } from '../kit/skip.ts'
import { startFakeAgent } from './agent.ts'
import { click, DESK, findBarriers, keepPicture, openView, textOf, type } from './kit.ts'

const lack = lacksCommand('chromium')
const live = suite('a live trace')

when(live, lack)(
  'starts a job, shows its calls, waits while paused, tells all of a call, and ends the job',
  async () => {
    await using agent = await startFakeAgent()
    await using browser = await startBrowser()
    await browser.resize(...DESK)
    await openView(browser, agent.url, '#trace')
    await type(browser, 'Calls', 'close')
    await click(browser, 'form button.main')
    const { rig } = agent
    const jobs = () => [...rig.table.list()]
    await eventually(() => jobs().length === 1 && jobs()[0]!.status().clients === 1)
    assert.match(jobs()[0]!.id, /^page-[0-9a-f]{16}$/)
    const rows = () => browser.evaluate<number>('document.querySelectorAll(".calls tbody tr").length')
    const state = () => textOf(browser, 'output')
    await rig.makeCalls(3)
    await eventually(async () => (await rows()) === 3)
    assert.match(await textOf(browser, '.calls tbody tr'), 'close(')
    await click(browser, '.controls:not(form) button')
    await rig.makeCalls(5)
    await eventually(async () => (await state()).includes('5 waiting'))
    assert.is(await rows(), 3)
    await click(browser, '.controls:not(form) button')
    await eventually(async () => (await rows()) === 8)
    await click(browser, 'button.call')
    await eventually(async () => (await textOf(browser, '.detail')).includes('Register'))
    for (const scheme of ['light', 'dark'] as const) {
      await keepPicture(browser, `trace-live-${scheme}`, { scheme })
      assert.equal(await findBarriers(browser), [])
    }
    await rig.makeCalls(2000)
    await eventually(async () => (await rows()) === 300)
    await eventually(async () => /\d passed unseen/.test(await state()))
    await click(browser, 'form button.main')
    await eventually(() => jobs().every(job => job.isOver))
    assert.equal(browser.complaints, [])
  },
)
when(live, lack)('shows the command that does the same, quoted for the shell', async () => {
  await using agent = await startFakeAgent()
  await using browser = await startBrowser()
  const values = new URLSearchParams({
    namespace: 'shop',
    pod: "it's; rm -rf /",
    syscalls: 'openat',
    errors: 'any',
  })
  await openView(browser, agent.url, `#trace?${values}`)
  const commands = await textOf(browser, 'main details')
  assert.ok(commands.includes(`kubectl swoll trace -n shop -p 'it'\\''s; rm -rf /' -s openat -e`), commands)
  assert.ok(commands.includes(`swoll trace -n shop -p 'it'\\''s; rm -rf /' -s openat -e`), commands)
})
when(live, lack)('shows every mistake of what was asked for', async () => {
  await using agent = await startFakeAgent()
  await using browser = await startBrowser()
  await openView(browser, agent.url, '#trace')
  await type(browser, 'Calls', 'opeant')
  await type(browser, 'At least', 'soon')
  await click(browser, 'form button.main')
  await eventually(async () => (await textOf(browser, 'output')).startsWith('Not started'))
  const text = await textOf(browser, 'output')
  assert.match(text, 'opeant')
  assert.match(text, 'minLatency')
})
live.run()

const jobs = suite('jobs')
when(jobs, lack)('are made, watched and ended on their page', async () => {
  await using agent = await startFakeAgent()
  await using browser = await startBrowser()
  await browser.resize(...DESK)
  await openView(browser, agent.url, '#jobs')
  await eventually(async () => (await textOf(browser)).includes('No job'))
  await type(browser, 'Calls', 'close')
  await click(browser, 'form button.main')
  await eventually(async () => (await textOf(browser, 'tbody')).includes('Running'))
  await agent.rig.makeCalls(7)
  await click(browser, 'form button.main')
  await eventually(
    async () => (await browser.evaluate<number>('document.querySelectorAll("tbody tr").length')) === 2,
  )
  await keepPicture(browser, 'jobs-some', { scheme: 'light' })
  assert.equal(await findBarriers(browser), [])
  await click(browser, 'td a')
  await eventually(async () => (await textOf(browser)).includes("Start a trace of one's own"))
  await browser.evaluate('history.back()')
  await eventually(async () => (await textOf(browser, 'tbody')).includes('Running'))
  await click(browser, 'td button')
  await eventually(() => agent.rig.table.list().length === 1)
  await eventually(
    async () => (await browser.evaluate<number>('document.querySelectorAll("tbody tr").length')) === 1,
  )
  // The page may have asked for the job in the moment in which it went; the browser itself tells of each such answer.
  assert.equal(
    browser.complaints.filter(each => !/responded with a status of 404/.test(each)),
    [],
  )
})
jobs.run()
