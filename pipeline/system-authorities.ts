import { getCACertificates } from 'node:tls'

/** The machine's authorities, as other programs on it use them; Node's own list where it has none. */
export function systemAuthorities(): string[] {
  const system = getCACertificates('system')
  return system.length > 0 ? system : getCACertificates('bundled')
}
