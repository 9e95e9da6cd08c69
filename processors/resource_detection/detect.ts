/** What the detectors of a configuration find. */

import dns from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { hostname, machine, release, type, version } from 'node:os'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { readEnvironment } from '../../pipeline/resource-detection/environment.ts'
import { detectHost, type HostFacts, readHostFacts } from '../../pipeline/resource-detection/host.ts'
import { nodeNameOf } from '../../pipeline/resource-detection/k8s-node.ts'
import type { Config, Detector } from './config.ts'
import { findHostName, type Names } from './host-name.ts'
import { describeSystem } from './system.ts'

/** Where it is looked. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly host: HostFacts
  readonly names: Names
  /** The text of a file; empty if it cannot be read. */
  readonly readText: (path: string) => string
}

export function readSurroundings(): Surroundings {
  const readText = (path: string) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  }
  const names: Names = {
    hosts: () => readText('/etc/hosts'),
    resolveCname: name => dns.resolveCname(name),
    lookup: (name, options) => dns.lookup(name, options),
    lookupService: (address, port) => dns.lookupService(address, port),
  }
  return { env: process.env, host: readHostFacts(), names, readText }
}

interface Detected {
  readonly attributes: Attributes
  /** Inputs that could not be used, for the log. */
  readonly problems: readonly string[]
}

/** Of detectors that know an attribute the first counts. Throws CONFIG_INVALID if the variable of k8s_api is not set. */
export async function detect(
  config: Config,
  surroundings: Surroundings,
  abort: AbortSignal,
): Promise<Detected> {
  const run: Readonly<Record<Detector, () => Promise<Detected> | Detected>> = {
    env: () => detectEnvironment(surroundings),
    system: () => detectSystem(config, surroundings, abort),
    k8s_api: () => detectNode(config, surroundings),
  }
  const found = await Promise.all(config.detectors.map(async name => run[name]()))
  return {
    attributes: Object.assign({}, ...found.toReversed().map(one => one.attributes)) as Attributes,
    problems: found.flatMap(one => one.problems),
  }
}

function detectEnvironment({ env }: Surroundings): Detected {
  const { attributes, problem } = readEnvironment(env)
  return { attributes, problems: problem === undefined ? [] : [problem] }
}

/** In a pod the host goes by the name of its node, as everywhere in this program. */
async function detectSystem(
  { system }: Config,
  { env, host, names, readText }: Surroundings,
  abort: AbortSignal,
): Promise<Detected> {
  const isAsked = (key: keyof typeof system.resource_attributes) => system.resource_attributes[key].enabled
  const known = detectHost(host, nodeNameOf(env))
  const name = isAsked('host.name')
    ? await findHostName(String(known['host.name'] ?? ''), system.hostname_sources, names, abort)
    : undefined
  const { 'host.name': _, ...rest } = known
  const facts = {
    host: { ...rest, ...(name !== undefined && { 'host.name': name }) },
    arch: process.arch,
    kernel: `${type()} ${hostname()} ${release()} ${version()} ${machine()}`,
    osRelease: readText('/etc/os-release'),
    cpuInfo: readText('/proc/cpuinfo'),
  }
  const isMissing = isAsked('host.name') && name === undefined
  const sources = system.hostname_sources.join(', ')
  const problem = `system: no source of host.name has answered, asked ${sources}; add os to hostname_sources`
  return { attributes: describeSystem(facts, isAsked), problems: isMissing ? [problem] : [] }
}

function detectNode(config: Config, { env }: Surroundings): Detected {
  const variable = config.k8s_api.node_from_env_var ?? config.k8snode.node_from_env_var
  const name = variable === undefined ? nodeNameOf(env) : env[variable]
  if (name) return { attributes: { 'k8s.node.name': name }, problems: [] }
  throw new SwollError(
    'CONFIG_INVALID',
    `k8s_api::node_from_env_var: must be a variable that is set, got ${variable ?? 'K8S_NODE_NAME'}; let the downward API set it to spec.nodeName`,
  )
}
