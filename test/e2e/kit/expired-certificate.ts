import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Authority } from '../../kit/certificates.ts'

const CONFIG = `
[ca]
default_ca = all
[all]
database = index.txt
new_certs_dir = .
serial = expired.serial
default_md = sha256
policy = any
[any]
commonName = supplied
`

/** Certificate and key for 127.0.0.1 of the authority, which ended in 2020. */
export function signExpired({ folder, caFile }: Authority): { readonly cert: Buffer; readonly key: Buffer } {
  const at = (file: string) => join(folder, file)
  for (const [file, text] of [
    ['expired.cnf', CONFIG],
    ['index.txt', ''],
    ['expired.serial', '77\n'],
    ['expired.ext', 'subjectAltName=IP:127.0.0.1\n'],
  ] as const)
    writeFileSync(at(file), text)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    'expired.key',
  ]
  openssl('req', ...newKey, '-out', 'expired.csr', '-subj', '/CN=expired')
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z']
  const how = ['-batch', '-notext', '-config', 'expired.cnf', '-extfile', 'expired.ext', '-cert', caFile]
  openssl('ca', ...how, ...dates, '-keyfile', 'ca.key', '-in', 'expired.csr', '-out', 'expired.pem')
  return { cert: readFileSync(at('expired.pem')), key: readFileSync(at('expired.key')) }
}
