/** Every view in both schemes, at a desk and on a phone: no barriers, nothing too wide, no complaint of the browser. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { VIEWS } from '../../web/state.ts'
import { startBrowser } from '../kit/browser.ts'
import { lacksCommand, when } from '../kit/skip.ts'
import { startFakeAgent } from './agent.ts'
import { DESK, findBarriers, keepPicture, openView, PHONE } from './kit.ts'

const looks = suite('views')
const lack = lacksCommand('chromium')

when(looks, lack)(
  'have no barriers in light and dark, fit a desk and a phone, and can be printed',
  async () => {
    await using agent = await startFakeAgent()
    await using browser = await startBrowser()
    for (const view of VIEWS) {
      for (const [place, [width, height]] of [
        ['desk', DESK],
        ['phone', PHONE],
      ] as const) {
        await browser.resize(width, height)
        await openView(browser, agent.url, `#${view}`)
        for (const scheme of ['light', 'dark'] as const) {
          await keepPicture(browser, `${view}-${place}-${scheme}`, { scheme })
          assert.equal(await findBarriers(browser), [], `${view}, ${place}, ${scheme}`)
        }
        const needed = await browser.evaluate<number>('document.documentElement.scrollWidth')
        assert.ok(needed <= width, `${view} needs ${needed} px of ${width}`)
      }
      await browser.resize(...DESK)
      await keepPicture(browser, `${view}-print`, { scheme: 'light', print: true })
    }
    assert.equal(browser.complaints, [])
  },
)
looks.run()
