/** The name of the host, from the sources that the Collector knows. */
import type { LookupAddress } from 'node:dns'

export const HOST_NAME_SOURCES = ['os', 'dns', 'cname', 'lookup'] as const
type HostNameSource = (typeof HOST_NAME_SOURCES)[number]

/** Questions about names, as `node:dns/promises` answers them, and the text of /etc/hosts. */
export interface Names {
  readonly hosts: () => string
  readonly resolveCname: (name: string) => Promise<string[]>
  readonly lookup: (name: string, options: { all: true }) => Promise<LookupAddress[]>
  readonly lookupService: (address: string, port: number) => Promise<{ hostname: string }>
}

/** The full name of the host called `own`; undefined: no source knows one, or none before the abort. */
export async function findHostName(
  own: string,
  sources: readonly HostNameSource[],
  names: Names,
  abort: AbortSignal,
): Promise<string | undefined> {
  const late = new Promise<undefined>(resolve => {
    if (abort.aborted) resolve(undefined)
    abort.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  for (const source of sources) {
    if (source === 'os') {
      if (own) return own
      continue
    }
    const found = await Promise.race([ask(source, own, names).catch(() => undefined), late])
    if (found) return found.replace(/\.$/, '')
  }
  return undefined
}

async function ask(
  source: Exclude<HostNameSource, 'os'>,
  own: string,
  names: Names,
): Promise<string | undefined> {
  if (source === 'dns') return inHosts(names.hosts(), own) ?? (await ofAddress(own, names))
  if (source === 'lookup') return ofAddress(own, names)
  const canonical = await names.resolveCname(own).catch(() => [])
  if (canonical[0]) return canonical[0]
  await names.lookup(own, { all: true }) // a name without an alias is canonical, if there is one
  return own
}

/** The first full name of a line with this name. */
function inHosts(text: string, own: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (names.includes(own)) return names.find(name => name.includes('.') && !name.startsWith('localhost'))
  }
  return undefined
}

/** The name of one of its addresses; an address without one is answered with itself. */
async function ofAddress(own: string, { lookup, lookupService }: Names): Promise<string | undefined> {
  for (const { address } of await lookup(own, { all: true })) {
    const { hostname } = await lookupService(address, 0).catch(() => ({ hostname: address }))
    if (hostname !== address && !hostname.startsWith('localhost')) return hostname
  }
  return undefined
}
