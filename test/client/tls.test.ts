/** The ways to an agent that are not plain TCP. */
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SwollClient } from '../../client/client.ts'
import { createAuthority } from '../kit/certificates.ts'
import { FakeAgent } from '../kit/fake-agent.ts'
import { rejects } from '../kit/rejects.ts'

const authority = createAuthority()
const pair = authority.sign('agent', 'DNS:swoll.kube-system.svc')
const client = authority.sign('ops', 'DNS:ops')
const tls = { cert: pair.cert, key: pair.key, ca: authority.ca, requestCert: true, rejectUnauthorized: false }
const serverName = 'swoll.kube-system.svc'

const s = suite('TLS')
s('takes a certificate of its authority, with the name that is to be there', async () => {
  await using agent = await FakeAgent.start({ tls })
  const endpoint = `https://${agent.endpoint}`
  const { ca } = authority
  assert.equal(await new SwollClient({ endpoint, ca, serverName }).jobs(), { running: {}, completed: {} })
  const mutual = new SwollClient({ endpoint, ca, serverName, cert: client.cert, key: client.key })
  await mutual.jobs()
})
for (const [name, options, pattern] of [
  ['of an authority that nobody knows', { serverName }, /SELF_SIGNED|unable to|UNABLE_TO/i],
  ['of another name', { ca: authority.ca, serverName: 'other.svc' }, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ['of an address that it does not have', { ca: authority.ca }, /ERR_TLS_CERT_ALTNAME_INVALID/],
] as const)
  s(`refuses a certificate ${name}`, async () => {
    await using agent = await FakeAgent.start({ tls })
    const asked = new SwollClient({ endpoint: `https://${agent.endpoint}`, ...options }).jobs()
    assert.match((await rejects(asked, 'CLIENT_UNREACHABLE')).message, pattern)
    assert.is(agent.seen.length, 0)
  })
s('takes any certificate if told to', async () => {
  await using agent = await FakeAgent.start({ tls })
  await new SwollClient({ endpoint: `https://${agent.endpoint}`, insecureSkipTlsVerify: true }).jobs()
})
s('says that a server without TLS has none', async () => {
  await using agent = await FakeAgent.start()
  await rejects(new SwollClient({ endpoint: `https://${agent.endpoint}` }).jobs(), 'CLIENT_UNREACHABLE')
})
s('goes through whatever opens the connection', async () => {
  await using agent = await FakeAgent.start({ tls })
  let opened = 0
  const way = new SwollClient({
    endpoint: 'https://swoll-x7k2p:9096',
    ca: authority.ca,
    serverName,
    connect: async () => {
      opened++
      return connect(agent.port, '127.0.0.1')
    },
  })
  await way.jobs()
  assert.is(opened, 1)
  assert.is(agent.seen[0]!.headers.host, 'swoll-x7k2p:9096')
})
s('says what the way to the agent said', async () => {
  const connect = () => Promise.reject(new Error('pods "swoll-x7k2p" not found'))
  const asked = new SwollClient({ endpoint: 'https://swoll-x7k2p:9096', connect }).jobs()
  assert.match((await rejects(asked, 'CLIENT_UNREACHABLE')).message, /pods "swoll-x7k2p" not found/)
})
s.run()
