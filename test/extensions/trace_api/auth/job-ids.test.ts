import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findFaultWithId } from '../../../../extensions/trace_api/auth/job-ids.ts'

const ids = suite('findFaultWithId')
for (const [id, namespace, isRight] of [
  ['shop.web.0123abcd', 'shop', true],
  ['bank.web.0123abcd', 'shop', false],
  ['shopping.web.0123abcd', 'shop', false],
  ['.shop.web', 'shop', false],
  ['monitor-cilium', 'shop', true],
  ['0b0ad9b6-4b5c-4c5b-8d3c-0a0a0a0a0a0a', 'shop', true],
  ['bank.web.0123abcd', undefined, true],
] as const)
  ids(`${id} is ${isRight ? 'right' : 'wrong'} in ${namespace ?? 'no namespace'}`, () => {
    assert.is(findFaultWithId(id, namespace) === undefined, isRight)
  })
ids('the rule names the namespace', () => {
  assert.match(findFaultWithId('bank.a', 'shop')!, /^must begin with "shop\."/)
})
ids.run()
