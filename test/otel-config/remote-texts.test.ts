import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UnreadableFile } from '../../otel-config/read-text.ts'
import { RemoteTexts } from '../../otel-config/remote-texts.ts'

const s = suite('RemoteTexts')
s('has nothing at first, and fetches each address once', async () => {
  const asked: string[] = []
  const texts = new RemoteTexts(async url => {
    asked.push(url)
    return `text of ${url}`
  })
  assert.is(await texts.fetchWanted(), false)
  assert.equal([texts.read('a'), texts.read('a'), texts.read('b')], ['', '', ''])
  assert.is(await texts.fetchWanted(), true)
  assert.equal([texts.read('a'), texts.read('b')], ['text of a', 'text of b'])
  assert.is(await texts.fetchWanted(), false)
  assert.equal(asked, ['a', 'b'])
})
s('throws why an address cannot be read', async () => {
  const texts = new RemoteTexts(async () => {
    throw new UnreadableFile('is gone')
  })
  texts.read('a')
  await texts.fetchWanted()
  assert.throws(() => texts.read('a'), /^is gone$/)
})
s('takes no more than a hundred', async () => {
  const texts = new RemoteTexts(async url => url)
  for (let i = 0; i < 100; i++) texts.read(String(i))
  assert.throws(() => texts.read('more'), /must be among the first 100 addresses/)
})
s.run()
