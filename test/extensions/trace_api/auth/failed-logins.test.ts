import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FailedLogins } from '../../../../extensions/trace_api/auth/failed-logins.ts'
import { fakeClock } from '../../../kit/clock.ts'

const failed = suite('FailedLogins')

function fail(logins: FailedLogins, address: string, times: number): void {
  for (let i = 0; i < times; i++) logins.add(address)
}

failed('ten may fail, the next must wait, and one more may fail after six seconds', async () => {
  const clock = fakeClock()
  const logins = new FailedLogins(clock)
  fail(logins, '10.0.0.1', 9)
  assert.is(logins.waitMs('10.0.0.1'), 0)
  fail(logins, '10.0.0.1', 1)
  assert.is(logins.waitMs('10.0.0.1'), 6000)
  assert.is(logins.waitMs('10.0.0.2'), 0)
  await clock.advance(5999)
  assert.is(logins.waitMs('10.0.0.1'), 1)
  await clock.advance(1)
  assert.is(logins.waitMs('10.0.0.1'), 0)
  fail(logins, '10.0.0.1', 1)
  assert.is(logins.waitMs('10.0.0.1'), 6000)
  await clock.advance(60_000)
  fail(logins, '10.0.0.1', 9)
  assert.is(logins.waitMs('10.0.0.1'), 0)
})

for (const [name, from, to, isSame] of [
  ['IPv4 within IPv6', '::ffff:10.0.0.1', '10.0.0.1', true],
  ['a neighbour of IPv4', '10.0.0.1', '10.0.0.2', false],
  ['the same network of IPv6', '2001:db8:1:2::1', '2001:db8:1:2:ffff:1:2:3', true],
  ['the same, written otherwise', '2001:db8:0:0::1', '2001:0db8::2', true],
  ['another network of IPv6', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['a scope', 'fe80::1%eth0', 'fe80::2', true],
  ['this host', '::1', '::2', true],
] as const)
  failed(`${name} ${isSame ? 'waits too' : 'does not wait'}`, () => {
    const logins = new FailedLogins(fakeClock())
    fail(logins, from, 10)
    assert.is(logins.waitMs(to) > 0, isSame)
  })

failed('memory is bounded', () => {
  const logins = new FailedLogins(fakeClock())
  fail(logins, '10.0.0.1', 10)
  for (let i = 0; i < 4096; i++) logins.add(`10.1.${i >> 8}.${i & 255}`)
  assert.is(logins.waitMs('10.0.0.1'), 0)
})
failed.run()
