/** Attributes of the host and its operating system. */
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'

export const SYSTEM_ATTRIBUTES = [
  'host.name',
  'host.id',
  'host.arch',
  'host.cpu.vendor.id',
  'host.cpu.family',
  'host.cpu.model.id',
  'host.cpu.model.name',
  'host.cpu.stepping',
  'host.cpu.cache.l2.size',
  'os.type',
  'os.name',
  'os.version',
  'os.build.id',
  'os.description',
] as const
export type SystemAttribute = (typeof SYSTEM_ATTRIBUTES)[number]

/** Facts read from the machine. Texts of files that cannot be read are empty. */
interface SystemFacts {
  /** `host.name` and `host.id`, as far as they are known. */
  readonly host: Attributes
  /** As Node calls it. */
  readonly arch: string
  /** As `uname -a` writes it. */
  readonly kernel: string
  /** /etc/os-release. */
  readonly osRelease: string
  /** /proc/cpuinfo. */
  readonly cpuInfo: string
}

/** As OpenTelemetry's conventions call them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64' }

/** Those of the attributes that are asked for and known. */
export function describeSystem(facts: SystemFacts, isAsked: (key: SystemAttribute) => boolean): Attributes {
  const os = readPairs(facts.osRelease, '=')
  const cpu = readPairs(facts.cpuInfo.split('\n\n')[0]!, ':')
  const cache = Number.parseInt(cpu.get('cache size') ?? '', 10)
  const all: Record<SystemAttribute, AttributeValue | undefined> = {
    'host.name': facts.host['host.name'],
    'host.id': facts.host['host.id'],
    'host.arch': ARCHITECTURES[facts.arch] ?? facts.arch,
    'host.cpu.vendor.id': cpu.get('vendor_id'),
    'host.cpu.family': cpu.get('cpu family'),
    'host.cpu.model.id': cpu.get('model'),
    'host.cpu.model.name': cpu.get('model name'),
    'host.cpu.stepping': cpu.get('stepping'),
    'host.cpu.cache.l2.size': Number.isNaN(cache) ? undefined : cache,
    'os.type': 'linux',
    'os.name': os.get('NAME'),
    'os.version': os.get('VERSION_ID'),
    'os.build.id': os.get('BUILD_ID'),
    'os.description': os.has('PRETTY_NAME') ? `${os.get('PRETTY_NAME')} (${facts.kernel})` : facts.kernel,
  }
  const found = SYSTEM_ATTRIBUTES.filter(key => isAsked(key) && all[key] !== undefined)
  return Object.fromEntries(found.map(key => [key, all[key]!]))
}

/** Lines of a name and a value, which may be in quotation marks. */
function readPairs(text: string, separator: string): Map<string, string> {
  const pairs = text.split('\n').map(line => {
    const at = line.indexOf(separator)
    return [
      line.slice(0, at).trim(),
      line
        .slice(at + 1)
        .trim()
        .replace(/^(["'])(.*)\1$/, '$2'),
    ] as const
  })
  return new Map(pairs.filter(([name, value]) => name !== '' && value !== ''))
}
