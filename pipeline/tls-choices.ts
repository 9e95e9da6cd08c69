/** Ciphers and curves by the names that Go has for them, which the Collector's users write, as OpenSSL has them. */

/** Those of TLS 1.2 that Go holds for safe. The ones of TLS 1.3 cannot be chosen, as in Go. */
const CIPHERS: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
}
/** Node speaks no TLS 1.3 with a list that has none of these. */
const OF_TLS_1_3 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

export const CIPHER_NAMES = [...Object.keys(CIPHERS), ...OF_TLS_1_3]
export const CURVES = ['X25519MLKEM768', 'X25519', 'P-256', 'P-384', 'P-521'] as const

/** `ciphers` of a TLS context; names are of `CIPHER_NAMES`. Undefined for none: Node's own choice. */
export function toCiphers(names: readonly string[]): string | undefined {
  const chosen = names.flatMap(name => CIPHERS[name] ?? [])
  return chosen.length > 0 ? [...OF_TLS_1_3, ...chosen].join(':') : undefined
}

/** `ecdhCurve` of a TLS context. Undefined for none: Node's own choice. */
export function toCurves(names: readonly string[]): string | undefined {
  return names.length > 0 ? names.join(':') : undefined
}
