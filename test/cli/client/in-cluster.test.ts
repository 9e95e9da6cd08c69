/** `swoll client` without endpoints: the agents are those that an API server knows. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runClientCli } from '../../kit/client-cli.ts'
import { FakeAgent } from '../../kit/fake-agent.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'

/** An API server that knows these endpoints of the agents' Service, and nothing else. */
async function serveSlices(endpoints: readonly (readonly [node: string, port: number])[]): Promise<Server> {
  const items = endpoints.map(([nodeName, port], i) => ({
    metadata: {
      name: `swoll-${i}`,
      namespace: 'swoll',
      uid: `u${i}`,
      labels: { 'kubernetes.io/service-name': 'swoll-api' },
    },
    ports: [{ name: 'api', port, appProtocol: 'http' }],
    endpoints: [
      { addresses: ['127.0.0.1'], nodeName, targetRef: { kind: 'Pod', name: `swoll-${nodeName}` } },
    ],
  }))
  const server = createServer(({ url = '' }, answer) => {
    const isSlices = /\/endpointslices\?/.test(url)
    const isPods = /\/pods\?/.test(url)
    const metadata = { resourceVersion: '1' }
    if (isSlices || isPods) answer.end(JSON.stringify({ metadata, items: isSlices ? items : [] }))
    else answer.writeHead(404).end('{"message":"not found"}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function run(server: Server, ...args: readonly string[]) {
  const { port } = server.address() as AddressInfo
  const kubeconfig = writeKubeconfig({ server: `http://127.0.0.1:${port}` })
  try {
    return await runClientCli([...args, '--kubeconfig', kubeconfig])
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const s = suite('without endpoints')
s('asks the agents of the cluster, under the names of their nodes, and says how', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start({ node: 'node-b' })
  const server = await serveSlices([
    ['node-a', a.port],
    ['node-b', b.port],
  ])
  const { status, stdout, stderr } = await run(
    server,
    'create',
    '-n',
    'shop',
    '-j',
    'one',
    '--token',
    'secret',
  )
  assert.equal([status, stdout], [0, 'one\n'], stderr)
  assert.is(stderr, 'swoll: agents: node-a, node-b directly\n')
  assert.equal([[...a.jobs.keys()], [...b.jobs.keys()]], [['one'], ['one']])
  assert.is(b.seen.at(-1)!.headers.authorization, 'Bearer secret')
})
s('does what it can with those that can be reached, says which cannot, and fails', async () => {
  await using a = await FakeAgent.start()
  const server = await serveSlices([
    ['node-a', a.port],
    ['node-b', 1],
  ])
  const { status, stdout, stderr } = await run(server, 'create', '-n', 'shop', '-j', 'one')
  assert.equal([status, stdout], [1, 'one\n'], stderr)
  assert.match(stderr, /agent node-b .*must be reachable, got/)
  assert.match(stderr, /agents: node-a directly\n$/)
})
s('says that a cluster has no agents', async () => {
  const { status, stderr } = await run(await serveSlices([]), 'list')
  assert.is(status, 1)
  assert.match(stderr, /cluster: must have agents whose API is on in namespace swoll, got none/)
})
s.run()
