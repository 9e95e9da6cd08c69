/** Certificates for TLS tests, made with openssl in a folder that goes when the process does. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Pair {
  readonly certFile: string
  readonly keyFile: string
  readonly cert: Buffer
  readonly key: Buffer
}

/** An authority that signs for one day. */
export interface Authority {
  readonly folder: string
  readonly caFile: string
  readonly ca: Buffer
  /**
   * A certificate for a subject alternative name such as `DNS:localhost` or `IP:127.0.0.1`. The subject is `/CN=<name>` if
   * absent.
   */
  sign(name: string, subjectAltName: string, subject?: string): Pair
}

export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-tls-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const at = (file: string) => join(folder, file)
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '1',
    '-subj',
    '/CN=swoll test authority',
  )
  return {
    folder,
    caFile: at('ca.pem'),
    ca: readFileSync(at('ca.pem')),
    sign(name, subjectAltName, subject = `/CN=${name}`) {
      writeFileSync(at(`${name}.ext`), `subjectAltName=${subjectAltName}\n`)
      openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject)
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '1',
        '-extfile',
        `${name}.ext`,
        '-out',
        `${name}.pem`,
      )
      const [certFile, keyFile] = [at(`${name}.pem`), at(`${name}.key`)]
      return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) }
    },
  }
}
