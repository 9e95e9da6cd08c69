import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holdToken } from '../../../extensions/oauth2client/held-token.ts'

const s = suite('holdToken')
for (const [what, lifeS, bufferMs, renewAtMs, endsAtMs] of [
  ['an hour is renewed five minutes before its end', 3600, 300_000, 3_300_000, 3_590_000],
  ['five minutes are renewed after half of them, and not at each request', 300, 300_000, 150_000, 290_000],
  ['10 s are good for half of them', 10, 300_000, 5_000, 5_000],
  ['without a buffer it is renewed when it ends', 60, 0, 50_000, 50_000],
  ['what says nothing of an end has none', undefined, 300_000, Infinity, Infinity],
  ['0 is no end either, as Go has it', 0, 300_000, Infinity, Infinity],
] as const)
  s(what, () => {
    const given = { access_token: 'abc', token_type: 'bearer', expires_in: lifeS }
    const held = { header: 'Bearer abc', renewAtMs: renewAtMs + 1000, endsAtMs: endsAtMs + 1000 }
    assert.equal(holdToken(given, 1000, bufferMs), held)
  })
s.run()
