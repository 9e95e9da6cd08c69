import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createNames } from '../../../trace/formats/names.ts'
import { printable } from '../../../trace/formats/printable.ts'
import type { KnownContainer } from '../../../trace/requests/pod-view.ts'
import { CONTAINER, CONTAINER_ID, POD_UID, ROOT, resourceAt, UNIT } from '../../kit/trace-batch.ts'

const web: KnownContainer = {
  namespace: 'shop',
  pod: 'web-0',
  container: 'nginx',
  image: 'nginx',
  labels: {},
}
const s = suite('createNames')
for (const [resource, found, want] of [
  [CONTAINER, web, 'nginx.web-0.shop'],
  [CONTAINER, { ...web, container: undefined }, '-.web-0.shop'],
  [CONTAINER, undefined, CONTAINER_ID.slice(0, 12)],
  [resourceAt('/lxc/build'), undefined, 'build'],
  [resourceAt(`/kubepods/pod${POD_UID}`), undefined, `pod-${POD_UID}`],
  [UNIT, undefined, 'ssh.service'],
  [resourceAt('/a\x1b'), undefined, '/a\\x1b'],
  [ROOT, undefined, '/'],
  [undefined, undefined, '-'],
] as const)
  s(want, () => assert.is(createNames(() => found).of(resource).text, want))
s('looks again until the pod is known', () => {
  let found: KnownContainer | undefined
  let looks = 0
  const names = createNames(() => {
    looks++
    return found
  })
  names.of(CONTAINER)
  names.of(CONTAINER)
  found = web
  const name = names.of(CONTAINER)
  assert.is(names.of(CONTAINER), name, 'the same object, so that texts can be kept by it')
  assert.is(looks, 3)
  assert.equal(name.container, {
    id: CONTAINER_ID,
    name: 'nginx',
    pod: 'web-0',
    namespace: 'shop',
    podUid: POD_UID,
    image: 'nginx',
    labels: {},
  })
})
s.run()

const text = suite('printable')
for (const [given, want] of [
  ['nginx: worker', 'nginx: worker'],
  ['a\tb\n', 'a\\x09b\\x0a'],
  ['\x1b[31m', '\\x1b[31m'],
  ['\x9b\xff', '\\x9b\\xff'],
  ['a\\b', 'a\\\\b'],
  ['\x7f', '\\x7f'],
  ['', ''],
] as const)
  text(JSON.stringify(given), () => assert.is(printable(given), want))
text('marks what turns the direction of text, or is not seen', () =>
  assert.is(printable('日本 \u202e\u2066\u200b'), '日本 \\u202e\\u2066\\u200b'),
)
text.run()
