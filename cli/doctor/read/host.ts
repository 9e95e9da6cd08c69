/** The facts of this host. */
import { accessSync, constants, existsSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import { isatty } from 'node:tty'
import { missingCapabilities } from '../../../kernel/requirements.ts'
import { readNumber, readText } from '../../../pipeline/cgroups/files.ts'
import { type Clock, systemClock } from '../../../pipeline/clock.ts'
import type { HostFacts, SocketFacts, StartFacts } from '../facts.ts'
import type { Needs } from '../needs.ts'
import { readCgroups, readMemory } from './cgroups.ts'
import { readNames } from './file.ts'
import { readPorts } from './ports.ts'
import { readProcesses } from './processes.ts'
import { tryPrograms } from './programs.ts'
import { readTypes } from './types.ts'

const SYSCTLS = [
  'net.core.bpf_jit_enable',
  'net.core.bpf_jit_harden',
  'kernel.unprivileged_bpf_disabled',
  'kernel.perf_event_paranoid',
]
const SOCKETS: readonly [name: string, path: string][] = [
  ['containerd', '/run/containerd/containerd.sock'],
  ['k3s', '/run/k3s/containerd/containerd.sock'],
  ['CRI-O', '/run/crio/crio.sock'],
  ['cri-dockerd', '/run/cri-dockerd.sock'],
  ['Docker', '/run/docker.sock'],
  ['Podman', '/run/podman/podman.sock'],
]
const CLOCKS = '/sys/devices/system/clocksource/clocksource0'
/** Of pinned objects that are told of. */
const MOST_PINNED = 1000

/** How far the wall clock has gone from the monotonic one since the function was made. */
export function watchClock(clock: Clock = systemClock): () => { stepMs: number; watchedMs: number } {
  const wallMs = () => Number(clock.unixNano() / 1000n) / 1000
  const [wall, monotonic] = [wallMs(), clock.monotonicMs()]
  return () => {
    const watchedMs = clock.monotonicMs() - monotonic
    return { stepMs: wallMs() - wall - watchedMs, watchedMs }
  }
}

/** Reads what decides how well an agent can work: some small files. */
export function readForStart({ roots }: Needs): StartFacts['host'] {
  return {
    cpus: availableParallelism(),
    place: findPlace(process.env),
    lockdown: /\[(\w+)\]/.exec(readText('/sys/kernel/security/lockdown') ?? '')?.[1],
    cgroups: readCgroups(roots),
    memory: readMemory('self'),
    openFiles: Number(/^Max open files\s+(\d+)/m.exec(readText('/proc/self/limits') ?? '')?.[1]) || undefined,
    clock: { ...readClockSource(), stepMs: 0, watchedMs: 0 },
  }
}

/** Reads what is there without loading anything. */
function readQuietly(needs: Needs): Omit<HostFacts, 'programs' | 'ports' | 'watchers' | 'sandboxes'> {
  const { proc } = needs.roots
  return {
    ...readForStart(needs),
    platform: process.platform,
    arch: process.arch,
    kernel: release(),
    threads: Number(/\d+\/(\d+)/.exec(readText('/proc/loadavg') ?? '')?.[1] ?? 0),
    isRoot: process.geteuid?.() === 0,
    types: readTypes(),
    status: readText('/proc/self/status') ?? '',
    sysctls: Object.fromEntries(
      SYSCTLS.map(name => [name, readNumber(`${proc}/sys/${name.replaceAll('.', '/')}`)]),
    ),
    runtimes: readSockets(),
    pinned: readPinned('/sys/fs/bpf'),
  }
}

/** Reads all of it: the programs are loaded once, if they can be, and each port is listened on for a moment. */
export async function readHost(needs: Needs): Promise<HostFacts> {
  const quiet = readQuietly(needs)
  const canLoad =
    missingCapabilities(quiet.status).length === 0 && quiet.types.isThere && quiet.cgroups.error === undefined
  return {
    ...quiet,
    ...readProcesses(process.pid),
    programs: canLoad ? tryPrograms(needs) : {},
    ports: await readPorts(needs.listeners),
  }
}

function findPlace(env: NodeJS.ProcessEnv): HostFacts['place'] {
  if (env.KUBERNETES_SERVICE_HOST) return 'kubernetes'
  if (env.INVOCATION_ID && !isatty(0)) return 'systemd' // a terminal may have it from the unit of its session
  const isContainer = existsSync('/.dockerenv') || existsSync('/run/.containerenv') || env.container
  return isContainer ? 'container' : 'shell'
}

function readClockSource(): { source?: string | undefined; available: readonly string[] } {
  const available = (readText(`${CLOCKS}/available_clocksource`) ?? '').trim().split(/\s+/).filter(Boolean)
  return { source: readText(`${CLOCKS}/current_clocksource`)?.trim(), available }
}

function readSockets(): SocketFacts[] {
  return SOCKETS.filter(([, path]) => existsSync(path)).map(([name, path]) => ({
    name,
    path,
    isReachable: isWritable(path),
  }))
}

/** Whether this process may connect. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

function readPinned(root: string): string[] {
  const found: string[] = []
  const open = readNames(root).map(name => `${root}/${name}`)
  for (let path = open.pop(); path !== undefined && found.length < MOST_PINNED; path = open.pop()) {
    const below = readNames(path)
    if (below.length > 0) open.push(...below.map(name => `${path}/${name}`))
    else if (!path.endsWith('.debug')) found.push(path)
  }
  return found.sort()
}
