/** Who asks for tokens, as it is written in the configuration, or in files at this moment. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Host } from '../../pipeline/component.ts'
import { toCredential } from '../../pipeline/credential.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { hostsOfParts } from '../../pipeline/host-parts.ts'
import type { Oauth2Config } from './config.ts'

export interface Credentials {
  clientId(): Promise<string>
  secret(): Promise<string>
  /** The private key of the grant of JWT. */
  key(): Promise<KeyObject>
}

/** Each rejects with SwollError LOGIN_FILE_INVALID while there is none. */
export function credentialsOf(config: Oauth2Config, host: Host, id: string): Credentials {
  const [ofId, ofSecret, ofKey] = hostsOfParts(host, 3) as [Host, Host, Host]
  const of = (name: 'client_id' | 'client_secret' | 'client_certificate_key', part: Host) =>
    toCredential({
      value: config[name],
      file: config[`${name}_file`],
      key: `extensions::${id}::${name}_file`,
      host: part,
      mayComeLater: true,
    })
  const clientId = of('client_id', ofId)
  const secret = of('client_secret', ofSecret)
  const key = of('client_certificate_key', ofKey)
  return {
    clientId: () => clientId.read(),
    secret: () => secret.read(),
    key: async () => toKey(await key.read(), id),
  }
}

/** The message of the cause is left out: it may quote the key. */
function toKey(pem: string, id: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'rsa') return key
  } catch {}
  const message = `extensions::${id}::client_certificate_key: must be a private RSA key in PEM, without a passphrase`
  throw new SwollError('LOGIN_FILE_INVALID', message)
}
