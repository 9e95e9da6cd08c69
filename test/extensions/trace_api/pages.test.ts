import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { upFrom } from '../../../extensions/trace_api/pages/page.ts'
import { type Browser, startBrowser } from '../../kit/browser.ts'
import { eventually } from '../../kit/consumers.ts'
import { lacksCommand, when } from '../../kit/skip.ts'
import { startApi } from './kit.ts'

const links = suite('upFrom')
for (const [target, up] of [
  ['/trace', ''],
  ['/trace/', '../'],
  ['/jobs/a', '../'],
  ['/jobs/a?x=/b/c', '../'],
  ['/trace/namespaces/a/pods/b', '../../../../'],
] as const)
  links(`leads from ${target} to the root`, () => assert.is(upFrom(target), up))
links.run()

const served = suite('a live page')
served('lets nothing in from elsewhere, nor itself into other pages', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const { headers, text } = await rig.ask('/jobs/a', { headers: { accept: 'text/html,*/*;q=0.8' } })
  const policy = String(headers['content-security-policy'])
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
  ])
    assert.match(policy, rule)
  assert.not.match(policy, 'unsafe')
  assert.not.match(text, /style=|onclick=|<script>/)
})
served('shows names of pods as they are, whatever is in them', async () => {
  await using rig = await startApi()
  const { text } = await rig.ask('/trace/namespaces/shop/pods/%3Cscript%3Ealert(1)%3C%2Fscript%3E')
  assert.not.match(text, '<script>alert')
})
served('is for those who ask for one; others get the job', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  for (const [accept, type] of [
    ['text/html', 'text/html'],
    ['application/json', 'application/json'],
    ['application/json, text/html', 'application/json'],
    ['*/*', 'application/json'],
  ] as const)
    assert.match(String((await rig.ask('/jobs/a', { headers: { accept } })).headers['content-type']), type)
})
served.run()

const lack = lacksCommand('chromium')
const live = suite('a live page in a browser')
const rows = (browser: Browser) => browser.evaluate<number>('document.querySelectorAll("#calls tr").length')
const state = (browser: Browser) => browser.evaluate<string>('document.getElementById("state").textContent')
const click = (browser: Browser, id: string) => browser.evaluate(`document.getElementById("${id}").click()`)

when(live, lack)(
  'shows calls as they come, waits while paused, has 500 at most, and says that it is over',
  async () => {
    await using rig = await startApi()
    await using browser = await startBrowser()
    await rig.createJob('a', { syscalls: ['close'], rateLimit: 0 })
    await browser.open(`${rig.url}/jobs/a`)
    await eventually(async () => rig.table.find('a')!.status().clients === 1)
    await rig.makeCalls(3)
    await eventually(async () => (await rows(browser)) === 3)
    assert.match(await browser.evaluate('document.querySelector("#calls tr").textContent'), 'close(')
    await click(browser, 'pause')
    await click(browser, 'clear')
    await rig.makeCalls(5)
    await eventually(async () => (await state(browser)).includes('5 waiting'))
    assert.is(await rows(browser), 0)
    await click(browser, 'pause')
    await eventually(async () => (await rows(browser)) === 5)
    await rig.makeCalls(2000)
    await eventually(async () => (await rows(browser)) === 500)
    await rig.ask('/jobs/a', { method: 'DELETE' })
    await eventually(async () => (await state(browser)).startsWith('Over: Deleted'))
    assert.equal(browser.complaints, [])
  },
)
when(live, lack)('is readable in light and dark, and the page of the API too', async () => {
  await using rig = await startApi()
  await using browser = await startBrowser()
  const ground = () => browser.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  for (const path of ['/trace', '/api']) {
    await browser.open(`${rig.url}${path}`)
    await eventually(async () => (await browser.evaluate('document.readyState')) === 'complete')
    const grounds: string[] = []
    for (const scheme of ['light', 'dark'] as const) {
      const picture = await browser.screenshot(scheme)
      assert.ok(picture.length > 2000, 'something is to be seen')
      grounds.push(await ground())
    }
    assert.equal(grounds, ['rgb(255, 255, 255)', 'rgb(21, 24, 28)'], path)
  }
  assert.equal(browser.complaints, [])
})
when(live, lack)('has room for the call on a phone', async () => {
  await using rig = await startApi()
  await using browser = await startBrowser()
  await rig.createJob('a', { syscalls: ['close'] })
  await browser.resize(360)
  await browser.open(`${rig.url}/jobs/a`)
  await eventually(async () => rig.table.find('a')!.status().clients === 1)
  await rig.makeCalls(1)
  await eventually(async () => (await rows(browser)) === 1)
  const width = () => browser.evaluate<number>('document.documentElement.scrollWidth')
  assert.ok((await width()) <= 360)
  assert.ok((await browser.evaluate<number>('document.querySelector("td:nth-child(4)").offsetWidth')) > 300)
  await browser.open(`${rig.url}/api`)
  await eventually(
    async () => (await browser.evaluate<number>('document.querySelectorAll("pre").length')) > 0,
  )
  await browser.evaluate('for (const each of document.querySelectorAll("details")) each.open = true')
  assert.ok((await width()) <= 360)
})
live.run()
