/**
 * Makes the pictures of the README: the page in Chromium and `swoll top` in tmux, both of the agent of test/web/, whose numbers are made up.
 *
 *     node scripts/build-web.mjs && node test/docs/make-pictures.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startBrowser } from '../kit/browser.ts'
import { Terminal } from '../kit/tmux.ts'
import { startFakeAgent } from '../web/agent.ts'
import { openView } from '../web/kit.ts'
import { MARKUP } from '../web/numbers.ts'
import { toSvg } from './terminal-picture.ts'

const FOLDER = join(import.meta.dirname, '../../docs/images')
const SCREEN = { columns: 116, rows: 24 }

await using agent = await startFakeAgent()
agent.hiddenPod = MARKUP
mkdirSync(FOLDER, { recursive: true })
await drawPage()
await drawTop()

async function drawPage(): Promise<void> {
  await using browser = await startBrowser()
  await browser.resize(1280, 768)
  await openView(browser, agent.url, '#overview')
  await browser.evaluate('void (document.documentElement.style.overflow = "hidden")') // no bar beside it
  writeFileSync(join(FOLDER, 'charts.png'), await browser.screenshot('light'))
}

async function drawTop(): Promise<void> {
  using terminal = new Terminal(`bin/swoll top --agent ${agent.url}`, SCREEN)
  await terminal.shows(/of \d+/)
  terminal.keys('>')
  await terminal.shows(/vERR\/S/)
  writeFileSync(
    join(FOLDER, 'top.svg'),
    toSvg({ title: 'swoll top', screen: terminal.screen(true), columns: SCREEN.columns }),
  )
}
