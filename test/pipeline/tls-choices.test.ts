import { createSecureContext, getCiphers } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CIPHER_NAMES, CURVES, toCiphers, toCurves } from '../../pipeline/tls-choices.ts'

const s = suite('ciphers and curves')
for (const name of CIPHER_NAMES)
  s(`${name} is one that OpenSSL has`, () => {
    const chosen = (toCiphers([name]) ?? name).split(':').at(-1)!
    assert.ok(getCiphers().includes(chosen.toLowerCase()), chosen)
    createSecureContext({ ciphers: chosen })
  })
s('those of TLS 1.3 stay beside what is chosen', () => {
  assert.is(
    toCiphers(['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']),
    'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
  )
})
s('nothing chosen is no choice', () => {
  assert.equal([toCiphers([]), toCurves([])], [undefined, undefined])
  assert.is(toCiphers(['TLS_AES_128_GCM_SHA256']), undefined)
})
s('curves stand in the order of the configuration', () => {
  assert.is(toCurves(CURVES), 'X25519MLKEM768:X25519:P-256:P-384:P-521')
  createSecureContext({ ecdhCurve: toCurves(['X25519', 'P-256', 'P-384', 'P-521'])! })
})
s.run()
