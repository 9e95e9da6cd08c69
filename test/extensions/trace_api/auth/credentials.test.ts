import type { IncomingMessage } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readCredential } from '../../../../extensions/trace_api/auth/credentials.ts'

const NOW_MS = Date.parse('2026-01-01')
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const headers = suite('readCredential of headers')
for (const [name, given, want] of [
  ['none', {}, undefined],
  ['a token', { authorization: 'Bearer abc' }, { kind: 'bearer', token: 'abc' }],
  ['the scheme in small letters', { authorization: 'bearer abc ' }, { kind: 'bearer', token: 'abc' }],
  ['the own header', { 'swoll-authorization': 'Bearer abc' }, { kind: 'bearer', token: 'abc' }],
  [
    'both',
    { authorization: 'Bearer proxy', 'swoll-authorization': 'Bearer me' },
    { kind: 'bearer', token: 'me' },
  ],
  ['a password', { authorization: basic('ann:a:b') }, { kind: 'basic', name: 'ann', password: 'a:b' }],
  ['an empty password', { authorization: basic('ann:') }, { kind: 'basic', name: 'ann', password: '' }],
  ['a name of nothing', { authorization: basic(':x') }, null],
  ['no colon', { authorization: basic('ann') }, null],
  ['no token', { authorization: 'Bearer' }, null],
  ['an empty header', { authorization: '' }, null],
  ['two words', { authorization: 'Bearer a b' }, null],
  ['another scheme', { authorization: 'Negotiate abc' }, null],
  ['a very long token', { authorization: `Bearer ${'x'.repeat(8192)}` }, null],
  ['a list', { 'swoll-authorization': ['Bearer a', 'Bearer b'] }, null],
] as const)
  headers(name, () => {
    const request = { headers: given, socket: {} } as unknown as IncomingMessage
    assert.equal(readCredential(request, NOW_MS), want)
  })
headers.run()

const certificates = suite('readCredential of certificates')
const LATER = 'Jan  1 00:00:00 2027 GMT'
const EARLIER = 'Jan  1 00:00:00 2025 GMT'
for (const [name, shown, authorized, want] of [
  ['none', {}, false, undefined],
  [
    'a user',
    { subject: { CN: 'ann' }, valid_to: LATER },
    true,
    { kind: 'certificate', name: 'ann', groups: [] },
  ],
  [
    'a user with a group',
    { subject: { CN: 'ann', O: 'shop' }, valid_to: LATER },
    true,
    { kind: 'certificate', name: 'ann', groups: ['shop'] },
  ],
  [
    'a user with groups',
    { subject: { CN: 'ann', O: ['a', 'b'] }, valid_to: LATER },
    true,
    { kind: 'certificate', name: 'ann', groups: ['a', 'b'] },
  ],
  ['of a stranger', { subject: { CN: 'ann' }, valid_to: LATER }, false, null],
  ['one that has ended since', { subject: { CN: 'ann' }, valid_to: EARLIER }, true, null],
  ['without an end', { subject: { CN: 'ann' } }, true, null],
  ['without a name', { subject: { O: 'shop' }, valid_to: LATER }, true, null],
  ['with two names', { subject: { CN: ['ann', 'bob'] }, valid_to: LATER }, true, null],
] as const)
  certificates(name, () => {
    const socket = { authorized, getPeerCertificate: () => shown }
    const request = { headers: {}, socket } as unknown as IncomingMessage
    assert.equal(readCredential(request, NOW_MS), want)
  })
certificates('a header goes before a certificate', () => {
  const socket = { authorized: true, getPeerCertificate: () => ({ subject: { CN: 'ann' }, valid_to: LATER }) }
  const request = { headers: { authorization: 'Bearer x' }, socket } as unknown as IncomingMessage
  assert.equal(readCredential(request, NOW_MS), { kind: 'bearer', token: 'x' })
})
certificates.run()
