import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tlsClient, tlsServer } from '../../pipeline/config.ts'
import { readTlsClient, readTlsServer } from '../../pipeline/tls.ts'
import { createAuthority } from '../kit/certificates.ts'
import { rejects } from '../kit/rejects.ts'
import { lacksCommand, requireAll } from '../kit/skip.ts'

requireAll(lacksCommand('openssl'))

const authority = createAuthority()
const pair = authority.sign('server', 'DNS:localhost')
const other = authority.sign('other', 'DNS:localhost')
const garbage = join(authority.folder, 'garbage.pem')
writeFileSync(garbage, 'not a certificate')

const client = (block: unknown) => readTlsClient(tlsClient().parse(block))

const reading = suite('readTlsClient and readTlsServer')
reading('insecure means no TLS at all', async () => {
  assert.is(await client({ insecure: true, ca_file: '/does/not/exist' }), undefined)
})
reading('without files the authorities of the system count', async () => {
  assert.equal(await client({}), {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    serverName: undefined,
  })
})
reading('files and texts give the same, fit for a TLS context', async () => {
  const settings = { server_name_override: 'localhost', insecure_skip_verify: true, min_version: '1.3' }
  const fromFiles = await client({
    ca_file: authority.caFile,
    cert_file: pair.certFile,
    key_file: pair.keyFile,
    ...settings,
  })
  const fromTexts = await client({
    ca_pem: authority.ca.toString(),
    cert_pem: pair.cert.toString(),
    key_pem: pair.key.toString(),
    ...settings,
  })
  assert.equal(fromFiles, fromTexts)
  assert.is(fromFiles!.serverName, 'localhost')
  assert.is(fromFiles!.rejectUnauthorized, false)
  assert.is(fromFiles!.minVersion, 'TLSv1.3')
  const { ca, cert, key } = fromFiles!
  createSecureContext({ ca: ca!, cert: cert!, key: key! })
})
reading('a listener asks for client certificates when it is given their authority', async () => {
  const files = { cert_file: pair.certFile, key_file: pair.keyFile }
  assert.is((await readTlsServer(tlsServer().parse(files))).requestCert, false)
  const strict = await readTlsServer(tlsServer().parse({ ...files, client_ca_file: authority.caFile }))
  assert.is(strict.requestCert, true)
  assert.equal(strict.ca, authority.ca)
})
for (const [name, block, want] of [
  [
    'a missing file',
    { ca_file: '/does/not/exist' },
    'ca_file /does/not/exist: does not exist; check the path',
  ],
  [
    'a folder',
    { ca_file: authority.folder },
    `ca_file ${authority.folder}: must be a file, got a folder; name the file in it`,
  ],
  [
    'what is no certificate',
    { ca_file: garbage },
    `ca_file ${garbage}: must hold a PEM certificate; check that it is the right file`,
  ],
  [
    'what is no key',
    { cert_file: pair.certFile, key_pem: 'hunter2' },
    'key_pem: must hold a PEM private key without a passphrase; check that it is the right file',
  ],
  [
    'the key of another certificate',
    { cert_file: pair.certFile, key_file: other.keyFile },
    `key_file ${other.keyFile}: must be the key of the certificate; give the pair that was made together`,
  ],
] as const)
  reading(`refuses ${name}`, async () => {
    assert.is((await rejects(client(block), 'TLS_INVALID')).message, want)
  })
reading.run()
