/** The part of the cgroup path grammar that container runtimes make. */

import type { Container, Runtime } from './cgroup-identity.ts'

const ID = /^[0-9a-f]{64}$/
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
/** `docker-<id>.scope` of the systemd driver, `crio-<id>` of cgroupfs; monitors (`crio-conmon-<id>`) do not match. */
const PREFIXED = /^([a-z-]{1,20})[-_]([0-9a-f]{64})(?:\.scope)?$/
const PREFIXES = new Map<string, Runtime>([
  ['cri-containerd', 'containerd'],
  ['containerd', 'containerd'],
  ['nerdctl', 'containerd'],
  ['crio', 'cri-o'],
  ['docker', 'docker'],
  ['libpod', 'podman'],
  ['libpod-payload', 'podman'],
  ['kata', 'kata'],
])
const LXC = /^lxc\.payload[.-](.+)$/
const NSPAWN = /^systemd-nspawn@(.{1,200})\.service$/
const MACHINE = /^machine-(.{1,200})\.scope$/
/** libvirt's LXC driver: domain number and name. */
const LIBVIRT = /^lxc-[0-9]{1,10}-(.+)$/
const NOMAD = new RegExp(`^(${UUID}(?:\\..{1,150})?)$`)
/** Fargate: task id and a number. */
const ECS = /^[0-9a-f]{32}-[0-9]{1,20}$/
/** BuildKit identifiers: 25 characters of base 36. */
const BUILDKIT = /^(?:buildkit-)?([0-9a-z]{25})(?:\.scope)?$/
/** Namespaces of containerd whose containers get `/<namespace>/<name>` when nobody asks for another path. */
const CONTAINERD_NAMESPACES = new Set(['default', 'k8s.io'])

/** The container whose own cgroup segment `i` is; undefined if it is none, or a helper of one that runs on the host. */
export function containerAt(segments: readonly string[], i: number): Container | undefined {
  const name = segments[i]
  if (name === undefined) return undefined
  return byId(segments, i, name) ?? byName(segments, i, name) ?? machine(segments, i, name)
}

function byId(segments: readonly string[], i: number, name: string): Container | undefined {
  const [, prefix, id] = PREFIXED.exec(name) ?? []
  const runtime = prefix === undefined ? undefined : PREFIXES.get(prefix)
  if (runtime !== undefined) return { containerId: id!, runtime }
  if (!ID.test(name)) return undefined
  const parent = segments[i - 1]
  if (parent === 'libpod_parent') return undefined // a pod of Podman's, not yet a container
  if (parent === 'docker' || segments[0] === 'ecs') return { containerId: name, runtime: 'docker' }
  if (i === 1 && CONTAINERD_NAMESPACES.has(parent!)) return { containerId: name, runtime: 'containerd' }
  return { containerId: name }
}

/** Runtimes that name a container by the folder it is in. */
function byName(segments: readonly string[], i: number, name: string): Container | undefined {
  const parent = segments[i - 1]
  const payload = LXC.exec(name)?.[1]
  if (payload !== undefined) return { containerId: payload, runtime: 'lxc' }
  if (parent === 'lxc' || parent === 'lxc.payload') return { containerId: name, runtime: 'lxc' }
  if (parent === 'garden' || parent === 'mesos') return { containerId: name, runtime: parent }
  if (parent === 'buildkit' || name.startsWith('buildkit-')) {
    const id = BUILDKIT.exec(name)?.[1]
    return id === undefined ? undefined : { containerId: id, runtime: 'buildkit' }
  }
  if (segments[0] === 'ecs' && ECS.test(name)) return { containerId: name }
  if (segments[0] === 'nomad' || segments[0] === 'nomad.slice') {
    const id = NOMAD.exec(name.replace(/\.scope$/, ''))?.[1]
    if (id !== undefined) return { containerId: id, runtime: 'nomad' }
  }
  if (i === 1 && CONTAINERD_NAMESPACES.has(parent!)) return { containerId: name, runtime: 'containerd' }
  return undefined
}

/** Machines of systemd-machined. Virtual machines are not containers; `supervisor` is the host's side of nspawn. */
function machine(segments: readonly string[], i: number, name: string): Container | undefined {
  const nspawn = NSPAWN.exec(name)?.[1]
  const escaped = nspawn ?? MACHINE.exec(name)?.[1]
  if (escaped === undefined || escaped.startsWith('qemu') || !segments.includes('machine.slice'))
    return undefined
  const below = segments[i + 1]
  if (below === 'supervisor' || (nspawn !== undefined && below === undefined)) return undefined
  const id = unescapeUnit(escaped)
  const libvirt = LIBVIRT.exec(id)?.[1]
  if (libvirt !== undefined) return { containerId: libvirt, runtime: 'lxc' }
  return { containerId: id, runtime: 'systemd-nspawn' }
}

/** Undoes systemd's name escape (`\x2d` is `-`). */
function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
