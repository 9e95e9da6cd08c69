/** The agent as the chart runs it, by a real kubelet and containerd: confined as the chart says, it counts and names pods. */
// Shares: pods.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { CHART } from '../../kit/chart.ts'
import { Scratch } from '../../kit/cli.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import type { Api } from '../kit/kubernetes/api.ts'
import { runHelm } from '../kit/kubernetes/helm.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { createPod, logsOf, type Pod } from '../kit/kubernetes/pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { withNode } from '../kit/kubernetes/with-cluster.ts'

const ROOT = join(import.meta.dirname, '../../..')
requireAll(lacksBpf(), lacksFile(join(ROOT, 'native/build/swoll.node')), lacksNode())

const CALLS = 10_007
const IMAGE = {
  name: 'swoll.test/agent:1',
  files: { '/LICENSE': join(ROOT, 'LICENSE') },
  entrypoint: ['/swoll/bin/swoll'],
}

/** The image has no program: this machine's programs and libraries, and this checkout, stand for what would be in it. */
const FOLDERS = { usr: '/usr', bin: '/usr/bin', lib: '/usr/lib', lib64: '/usr/lib64', swoll: ROOT }
const VALUES = {
  image: { repository: 'swoll.test/agent', tag: '1', pullPolicy: 'Never' },
  config: { receivers: { ebpf: { collection_interval: '200ms' } } },
  extraVolumes: Object.entries(FOLDERS).map(([name, path]) => ({ name, hostPath: { path } })),
  extraVolumeMounts: Object.keys(FOLDERS).map(name => ({ name, mountPath: `/${name}`, readOnly: true })),
}

type Agent = Pod & {
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] }
}

/** The agent's pod once it is ready; until then what it logged is the error. */
async function findAgent(api: Api): Promise<Pod | undefined> {
  const pods = '/api/v1/namespaces/default/pods'
  const { items } = await api.get<{ readonly items: readonly Agent[] }>(
    `${pods}?labelSelector=app.kubernetes.io/name%3Dswoll`,
  )
  const [pod] = items
  if (pod === undefined || pod.status.containerStatuses?.[0]?.ready) return pod
  throw new Error(await logsOf(api, pod, 'swoll'))
}

async function scrape(address: string): Promise<string> {
  const response = await fetch(`http://${address}/metrics`)
  assert.is(response.status, 200)
  return response.text()
}

/** `/proc/PID/status` of each thread of the process that runs with the chart's arguments. */
function readThreads(podUid: string): string[] {
  const arguments_ = ['collector', '--config', '/etc/swoll/agent.yaml', ''].join('\0')
  const pid = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .find(name => {
      try {
        const isAgent = readFileSync(`/proc/${name}/cmdline`, 'utf8').endsWith(arguments_)
        // Agents of other tests may run beside this one.
        return isAgent && readFileSync(`/proc/${name}/cgroup`, 'utf8').replaceAll('_', '-').includes(podUid)
      } catch {
        return false // it has ended meanwhile
      }
    })
  return readdirSync(`/proc/${pid}/task`).map(task =>
    readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8'),
  )
}

const s = suite('the agent of the chart')
s('becomes ready, counts a pod under its name, and has no capability left on any thread', () =>
  withNode(async (cluster, node) => {
    node.importImage(IMAGE)
    using scratch = new Scratch()
    await runHelm(cluster, [
      'install',
      'swoll',
      CHART,
      '--values',
      scratch.write('values.yaml', stringify(VALUES)),
    ])
    const agent = await waitFor('a ready agent', () => findAgent(cluster.api))
    const started = await fetch(`http://${agent.status.podIP}:13133/startupz`)
    assert.is(`${started.status} ${await started.text()}`, '200 ok\n')
    await createPod(cluster.api, { name: 'caller', args: [`${CALLS}`, 'forever'] })
    const line = await waitFor('the calls of the pod', async () => {
      const text = await scrape(`${agent.status.podIP}:9095`)
      const lines = text.split('\n').filter(each => each.startsWith('swoll_node_metrics_syscall_count{'))
      return lines.find(each => each.includes(`sys_${CALLER_SYSCALL}`) && each.includes('pod="caller"'))
    })
    assert.match(line, /container="main"/)
    assert.match(line, /namespace="default"/)
    assert.match(line, new RegExp(` ${CALLS}$`))
    for (const status of readThreads(agent.metadata.uid!)) {
      assert.match(status, /^CapEff:\t0{16}$/m)
      assert.match(status, /^CapPrm:\t0{16}$/m)
      assert.match(status, /^CapBnd:\t000000c000000000$/m) // CAP_PERFMON and CAP_BPF: what it started with
      assert.match(status, /^NoNewPrivs:\t1$/m)
      assert.match(status, /^Seccomp:\t2$/m)
    }
  }),
)
s.run()
