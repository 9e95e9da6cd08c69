import { defineCheck } from '../check.ts'

/** Paths below /sys/fs/bpf by which others are known, and what they are. */
const PEERS: readonly [begins: string, who: string][] = [
  ['otel/traces_ctx_v1', 'OpenTelemetry eBPF Instrumentation: the trace that each thread works for'],
  ['cilium', 'Cilium'],
  ['tetragon', 'Tetragon'],
  ['tc/globals/cilium', 'Cilium'],
  ['calico', 'Calico'],
  ['falco', 'Falco'],
  ['gadget', 'Inspektor Gadget'],
  ['snap', 'snapd'],
]
const ROOT = '/sys/fs/bpf/'

export const pinned = defineCheck({
  name: 'pinned objects',
  asks: 'Which peers have pinned maps or programs on this host',
  entries: {
    peers_pinned: {
      severity: 'note',
      title: 'Peers have pinned BPF objects',
      consequence: 'Nothing that swoll counts depends on them; their programs cost what they cost.',
      remedy: 'Nothing is needed. `bpftool prog show` lists what they run.',
    },
  },
  judge({ host: { pinned: paths } }) {
    const found = new Set(
      paths.flatMap(path => {
        const below = path.slice(ROOT.length)
        const peer = PEERS.find(([begins]) => below.startsWith(begins))
        return peer ? [`${peer[1]} (${ROOT}${peer[0]})`] : []
      }),
    )
    if (found.size === 0) return `none of a peer that is known; ${paths.length} paths below ${ROOT}`
    return [{ id: 'peers_pinned', evidence: [...found].join('; ') }]
  },
})
