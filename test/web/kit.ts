/** A page in Chromium, and what tests want to know of it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from '../kit/browser.ts'
import { eventually } from '../kit/consumers.ts'

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')
/** Pictures of all that was tried go into this folder. */
const FOLDER = process.env.SWOLL_SCREENSHOTS

export const DESK = [1280, 900] as const
export const PHONE = [360, 740] as const

/** Opens a view and waits until its numbers are there. */
export async function openView(browser: Browser, url: string, hash: string): Promise<void> {
  await browser.open('about:blank')
  await browser.open(`${url}/metrics/charts${hash}`)
  await shown(browser)
}

/** Nothing is waited for any more. */
export async function shown(browser: Browser): Promise<void> {
  await eventually(() =>
    browser.evaluate(
      'document.querySelector("main h1") !== null && document.querySelector("[aria-busy]") === null && !document.body.textContent.includes("Asking the agent")',
    ),
  )
}

export function textOf(browser: Browser, selector = 'main'): Promise<string> {
  return browser.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`)
}

export function click(browser: Browser, selector: string): Promise<void> {
  return browser.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`)
}

/** Clicks the link with this text; false: there is none. */
export function clickLink(browser: Browser, selector: string, text: string): Promise<boolean> {
  return browser.evaluate(`{
    const link = [...document.querySelectorAll(${JSON.stringify(selector)})].find(each => each.textContent === ${JSON.stringify(text)})
    link?.click()
    link !== undefined
  }`)
}

/** Types into the field of this label, as a user would. */
export function type(browser: Browser, label: string, value: string): Promise<void> {
  return browser.evaluate(`{
    const field = [...document.querySelectorAll('label.field')].find(each => each.textContent.startsWith(${JSON.stringify(label)}))
    const input = field.querySelector('input, select')
    input.value = ${JSON.stringify(value)}
    input.dispatchEvent(new Event(input.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }))
  }`)
}

export async function keepPicture(
  browser: Browser,
  name: string,
  look: { readonly scheme: 'light' | 'dark'; readonly print?: boolean },
): Promise<void> {
  const picture = await browser.picture(look)
  if (FOLDER === undefined) return
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, `${name}.png`), picture)
}

/** What axe-core finds, a line each. */
export async function findBarriers(browser: Browser): Promise<string[]> {
  await browser.evaluate(`${AXE};undefined`)
  const found = await browser.evaluate<string>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary))))`,
  )
  return JSON.parse(found) as string[]
}
