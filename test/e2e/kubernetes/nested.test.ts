/** Pods that make cgroups themselves: whatever they nest, the calls are those of the container that Kubernetes knows. */
// Has for itself: pods (its agent counts those of the whole machine).
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Scratch } from '../../kit/cli.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import { Agent, watching } from '../kit/kubernetes/agent.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { compile, withLibraries } from '../kit/kubernetes/image.ts'
import { lacksNode, type Node } from '../kit/kubernetes/node.ts'
import { findCgroup, listCgroupsIn } from '../kit/kubernetes/node-cgroup.ts'
import { containerIdOf, createPod, statusesOf, waitForPod } from '../kit/kubernetes/pods.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'

const RUNC = '/usr/sbin/runc'
const SYSTEMD = '/lib/systemd/systemd'
requireAll(lacksBpf(), lacksNode(), lacksFile(RUNC), lacksFile(SYSTEMD))

/** Cgroups below that of the pod's container, as the machine sees them. */
async function nestedIn({ api }: Cluster, node: Node, name: string): Promise<string[]> {
  const pod = await waitForPod(api, { name }, ({ status }) => status.phase === 'Running')
  return listCgroupsIn(findCgroup(node.cgroupRoot, containerIdOf(statusesOf(pod)[0]!)))
}

const s = suite('nested cgroups')
const onNode = sharingNode(s)

const INNER_ID = 'd0c'.padEnd(64, '0')
const BUNDLE = {
  ociVersion: '1.0.2',
  root: { path: 'rootfs' },
  process: { cwd: '/', args: ['/caller', '10007', 'forever'], user: { uid: 0, gid: 0 } },
  mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
  linux: {
    cgroupsPath: `/docker/${INNER_ID}`,
    namespaces: ['pid', 'ipc', 'uts', 'mount'].map(type => ({ type })),
  },
}
onNode('of runc in a privileged pod, as Docker in Docker has it', async (cluster, node) => {
  using scratch = new Scratch()
  node.importImage({
    name: 'swoll.test/runc:1',
    files: {
      ...withLibraries(RUNC),
      '/nest': compile(scratch.path, 'nest'),
      '/bundle/config.json': scratch.write('config.json', JSON.stringify(BUNDLE)),
      '/bundle/rootfs/caller': compile(scratch.path, 'caller'),
      '/bundle/rootfs/proc/.keep': scratch.write('keep', ''),
    },
    entrypoint: ['/nest', RUNC, 'run', '--bundle', '/bundle', INNER_ID],
  })
  using agent = await Agent.start(watching(cluster, node))
  const container = { name: 'docker', image: 'swoll.test/runc:1', securityContext: { privileged: true } }
  await createPod(cluster.api, { name: 'in-docker', spec: { containers: [container] } })
  await agent.shows({ 'default/in-docker/docker': 10_007 })
  assert.equal(await nestedIn(cluster, node, 'in-docker'), ['docker', `docker/${INNER_ID}`])
})

const UNITS = {
  'default.target': '[Unit]\nDefaultDependencies=no\nWants=one.service two.service',
  'one.service': '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/caller 211 forever',
  'two.service':
    '[Unit]\nDefaultDependencies=no\n[Service]\nSlice=jobs-late.slice\nExecStart=/caller 10009 forever',
}
onNode('of systemd as the first process of a pod', async (cluster, node) => {
  using scratch = new Scratch()
  const units = Object.entries(UNITS).map(([name, text]) => [
    `/etc/systemd/system/${name}`,
    scratch.write(name, text),
  ])
  node.importImage({
    name: 'swoll.test/systemd:1',
    files: {
      ...withLibraries(SYSTEMD),
      ...Object.fromEntries(units),
      '/nest': compile(scratch.path, 'nest'),
      '/caller': compile(scratch.path, 'caller'),
    },
    entrypoint: ['/nest', SYSTEMD],
  })
  using agent = await Agent.start(watching(cluster, node))
  const container = {
    name: 'host',
    image: 'swoll.test/systemd:1',
    env: [{ name: 'container', value: 'containerd' }], // so that it leaves alone what is the machine's
    securityContext: { capabilities: { add: ['SYS_ADMIN'] }, appArmorProfile: { type: 'Unconfined' } },
  }
  await createPod(cluster.api, { name: 'in-systemd', spec: { containers: [container] } })
  await agent.shows({ 'default/in-systemd/host': 211 + 10_009 })
  const nested = await nestedIn(cluster, node, 'in-systemd')
  for (const unit of ['init.scope', 'system.slice/one.service', 'jobs.slice/jobs-late.slice/two.service'])
    assert.ok(nested.includes(unit), `${unit} in ${nested}`)
})
s.run()
