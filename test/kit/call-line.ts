/** Lines of `-o json` as agents make them. */

interface CallLine {
  readonly seq: number
  readonly pod?: string
  readonly error?: string
}

/** An `openat` by the container `main` of a pod, a second after another by `seq`. */
export function callLine({ seq, pod = 'web-1', error = 'OK' }: CallLine): string {
  const name = {
    id: 'a'.repeat(64),
    name: 'main',
    pod,
    namespace: 'shop',
    pod_uid: `uid-${pod}`,
    image: null,
    labels: {},
  }
  const ids = { pid: 10, tid: 10, ppid: 1, container_pid: 1, container_tid: 1, uid: 0, gid: 0 }
  const namespaces = { session: 1, pid_ns: 1, uts_ns: 1, mount_ns: 1, net_ns: 1, ipc_ns: 1, cgroup_ns: 1 }
  return JSON.stringify({
    version: 1,
    type: 'call',
    time: `2026-01-02T03:04:${String(seq % 60).padStart(2, '0')}.000000000Z`,
    syscall: { nr: 257, name: 'openat', class: 'FileSystem', group: 'Files', abi: 'x86_64' },
    ...ids,
    comm: 'app',
    ...namespaces,
    container: name,
    unit: null,
    cgroup: null,
    error,
    outcome: 'returned',
    return: error === 'OK' ? 3 : -2,
    start: 1000,
    finish: 2000,
    duration: 1000,
    args: { path: { type: 'const char *', raw: 1, text: `"/etc/${seq}"` } },
    seq,
  })
}

/** A line of the Job's pod, with the time that the kubelet puts in front. */
export function readerLine(seq: number, hostname = '10.0.0.1'): string {
  const endpoint = JSON.stringify({ hostname, port: 9096, UseTLS: true })
  const time = `2026-01-02T03:04:05.${String(seq).padStart(9, '0')}Z`
  return `${time} {"endpoint":${endpoint},"payload":${callLine({ seq })}}\n`
}
