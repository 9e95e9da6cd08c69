/** Numbers of findings, with their units. */

/** `512 MiB`, `0.5 MiB`. */
export function formatMib(bytes: number): string {
  const mib = bytes / 2 ** 20
  return `${mib < 10 ? Math.round(mib * 10) / 10 : Math.round(mib)} MiB`
}

/** `12,345`; what is no whole number to three digits. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US', Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 })
}

/** `83 %`, `0.02 %`. */
export function formatShare(share: number): string {
  return `${(share * 100).toLocaleString('en-US', { maximumSignificantDigits: 2 })} %`
}

/** `40 s`, `3 min`, `2 h`. */
export function formatAge(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}

/** The least power of two that is not below. */
export function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)))
}

const ANY = ['', '0.0.0.0', '::']

/** `127.0.0.1:9095`, `[::1]:9095`; `:9095` for all addresses. */
export function formatAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  if (ANY.includes(host)) return `:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The same, as it is reached from this host. */
export function reachableAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return formatAddress({ host: ANY.includes(host) ? '127.0.0.1' : host, port })
}
