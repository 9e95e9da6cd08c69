/** Certificates through the years: who trusts the authorities of a month ago still trusts every certificate that agents serve with. */
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type CertificateSettings,
  type Certificates,
  type Renewed,
  renew,
  toBundle,
} from '../../../controller/certificates/plan.ts'
import { inspect } from '../../../controller/certificates/x509.ts'
import { Scratch } from '../../kit/cli.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 0, 1)
const SETTINGS: CertificateSettings = {
  name: 'swoll',
  dnsNames: ['swoll.swoll.svc', 'localhost'],
  authorityLifetimeMs: 1095 * DAY_MS,
  servingLifetimeMs: 90 * DAY_MS,
  overlapMs: 30 * DAY_MS,
}
const NONE: Certificates = { old: [] }

const on = (day: number, given: Certificates, settings = SETTINGS, isRotation = false): Promise<Renewed> =>
  renew(given, settings, { nowMs: START_MS + day * DAY_MS, isRotation })

/** What openssl says of the serving certificate, for these authorities, on this day. */
function verify({ certificates }: Renewed, trusted: string, day: number, name = 'swoll.swoll.svc'): string {
  using scratch = new Scratch()
  const [ca, cert] = [scratch.write('ca.pem', trusted), scratch.write('tls.pem', certificates.serving.cert)]
  const time = `${START_MS / 1000 + day * 86_400}`
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-attime', time, '-verify_hostname', name]
  try {
    return execFileSync('openssl', [...args, '-CAfile', ca, cert], { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    return (error as { stderr: string }).stderr
  }
}

const first = suite('the first certificates')
first('hold for the names that were asked for, and for no others', async () => {
  const made = await on(0, NONE)
  assert.equal(made.changes, [
    'made an authority',
    'signed a certificate for swoll.swoll.svc, localhost: there was none',
  ])
  const bundle = toBundle(made.certificates)
  for (const name of SETTINGS.dnsNames) assert.match(verify(made, bundle, 0, name), /: OK\n$/)
  assert.match(verify(made, bundle, 0, 'swoll.other.svc'), /hostname mismatch/)
  assert.match(verify(made, toBundle((await on(0, NONE)).certificates), 0), /error/, 'another authority')
})
first('stay as they are when nothing is due', async () => {
  const made = await on(0, NONE)
  assert.equal(await on(59, made.certificates), { certificates: made.certificates, changes: [] })
})
first.run()

const years = suite('ten years of days')
years('never serve what was not trusted thirty days before, and never what is over', async () => {
  let now = await on(0, NONE)
  const bundles = [toBundle(now.certificates)]
  const counts: Record<string, number> = {}
  for (let day = 1; day < 3650; day++) {
    now = await on(day, now.certificates)
    bundles.push(toBundle(now.certificates))
    for (const change of now.changes)
      counts[change.split(/ for |: /)[0]!] = (counts[change.split(/ for |: /)[0]!] ?? 0) + 1
    if (now.changes.length === 0) continue
    const known = bundles[Math.max(0, day - 29)]!
    assert.match(verify(now, known, day), /: OK\n$/, `day ${day}`)
  }
  assert.equal(counts, {
    'announced an authority': 4,
    'signs with the authority that was announced': 4,
    'signed a certificate': counts['signed a certificate'],
  })
  assert.ok(now.certificates.old.length <= 1, 'authorities that are over are forgotten')
})
years.run()

const repairs = suite('what is renewed at once')
for (const [what, given, settings, want] of [
  ['a certificate that is lost', { serving: undefined }, {}, /there was none/],
  ['a certificate that is none', { serving: { cert: 'x', key: 'y' } }, {}, /the last one is damaged/],
  ['one for other names', {}, { dnsNames: ['agent.swoll.svc'] }, /the last one is for other names/],
  [
    'an authority that is lost',
    { authority: undefined },
    {},
    /^made an authority\n.*another authority has signed/,
  ],
  [
    'an authority that is damaged',
    { authority: { cert: 'x', key: 'y' } },
    {},
    /^made an authority: .* damaged/,
  ],
] as const)
  repairs(what, async () => {
    const { certificates } = await on(0, NONE)
    const { changes } = await on(1, { ...certificates, ...given }, { ...SETTINGS, ...settings })
    assert.match(changes.join('\n'), want)
  })
repairs('the key of another certificate', async () => {
  const [{ certificates }, other] = [await on(0, NONE), await on(0, NONE)]
  const serving = { ...certificates.serving, key: other.certificates.serving.key }
  assert.is(inspect(serving), undefined)
  assert.match((await on(1, { ...certificates, serving })).changes.join(), /damaged/)
})
repairs('what nobody renewed in time: the authority that was announced signs before its time', async () => {
  const announced = await on(730, (await on(0, NONE)).certificates)
  assert.ok(announced.certificates.next)
  const late = await on(1095, announced.certificates, { ...SETTINGS, overlapMs: 400 * DAY_MS })
  assert.match(late.changes.join(), /signs with the authority that was announced/)
  assert.is(late.certificates.authority.cert, announced.certificates.next!.cert)
})
repairs.run()

const rotation = suite('a rotation on demand')
rotation('announces one authority, once, that signs when its time has come', async () => {
  const made = await on(0, NONE)
  const asked = await on(1, made.certificates, SETTINGS, true)
  assert.equal(asked.changes, ['announced an authority'])
  assert.equal((await on(1, asked.certificates, SETTINGS, true)).changes, [])
  assert.is(asked.certificates.serving, made.certificates.serving)
  const done = await on(31, asked.certificates)
  assert.is(done.certificates.authority, asked.certificates.next)
  for (const trusted of [toBundle(asked.certificates), toBundle(done.certificates)])
    assert.match(verify(done, trusted, 31), /: OK\n$/)
  assert.not.match(verify(done, toBundle(made.certificates), 31), /OK/)
})
rotation.run()
