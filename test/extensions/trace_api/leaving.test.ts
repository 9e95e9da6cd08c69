/** Clients that leave while it is being found out what they may: nothing is kept for them. */
import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ObjectApi } from '../../kit/object-api.ts'
import { refusedUpgrade, startApi } from './kit.ts'

const TOKEN = { authorization: 'Bearer t0' }
const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

/** An API server that says yes to everybody, and says what somebody may once `answer` is called. */
async function startCluster() {
  const waiting: (() => void)[] = []
  const api = await ObjectApi.start(({ path }) => {
    if (path.endsWith('/tokenreviews'))
      return { status: 201, body: { status: { authenticated: true, user: { username: 'ann' } } } }
    return response => {
      const body = JSON.stringify({ status: { allowed: true } })
      waiting.push(() => response.writeHead(201, { 'content-type': 'application/json' }).end(body))
    }
  })
  const answer = () => {
    for (const run of waiting.splice(0)) run()
  }
  return { api, waiting, answer }
}

function writeKubeconfig(path: string, server: string): void {
  const names = { cluster: 'c', user: 'u' }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 'agent' } }],
    contexts: [{ name: 'x', context: names }],
    'current-context': 'x',
  }
  writeFileSync(path, JSON.stringify(config))
}

async function until(is: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!is() && performance.now() < end) await new Promise(resolve => setTimeout(resolve, 5))
  assert.ok(is())
}

const s = suite('clients that leave')
for (const path of ['/trace/sse', '/jobs/a/sse', '/trace/ws', '/jobs/a/ws', '/jobs/a/status'])
  s(`${path}: the place of who has left is free again`, async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-leaving-'))
    const { api, waiting, answer } = await startCluster()
    await using _ = api
    const kube_config_path = join(folder.path, 'config')
    writeKubeconfig(kube_config_path, api.url)
    const auth = { kubernetes: { auth_type: 'kubeConfig', kube_config_path } }
    await using rig = await startApi({ given: { auth, limits: { clients_per_user: 1 } } })
    await rig.table.create({
      id: 'a',
      place: { node: { from: 'all' } },
      spec: { syscalls: ['close'] },
      owner: 'ann',
    })
    const { hostname, port } = new URL(rig.url)
    const socket = net.connect({ host: hostname, port: Number(port) })
    const lines = [`GET ${path} HTTP/1.1`, 'Host: localhost', `Authorization: ${TOKEN.authorization}`]
    socket.write([...lines, ...(path.endsWith('sse') ? [] : UPGRADE), '', ''].join('\r\n'))
    await until(() => waiting.length > 0)
    socket.resetAndDestroy()
    await new Promise(resolve => setTimeout(resolve, 50))
    const asking = setInterval(answer, 5)
    await new Promise(resolve => setTimeout(resolve, 200))
    const status = await refusedUpgrade(`${rig.url}/trace/ws`, { headers: TOKEN }).catch(e => e.message)
    clearInterval(asking)
    assert.is(status, 'the upgrade was not refused')
  })
s('refused upgrades whose clients never close take no room from others', async () => {
  const tokens = [{ name: 'ops', token: '0123456789abcdef', namespaces: ['*'] }]
  await using rig = await startApi({ given: { auth: { tokens } } })
  const { hostname, port } = new URL(rig.url)
  const sockets = Array.from({ length: 140 }, () => {
    const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    socket.on('error', () => {})
    socket.write(['GET /trace/ws HTTP/1.1', 'Host: localhost', ...UPGRADE, '', ''].join('\r\n'))
    return socket
  })
  const received = sockets.map(socket => new Promise(resolve => socket.once('data', resolve)))
  await Promise.all(received)
  const headers = { authorization: 'Bearer 0123456789abcdef' }
  const status = await refusedUpgrade(`${rig.url}/trace/ws`, { headers }).catch(({ message }) => message)
  for (const socket of sockets) socket.destroy()
  assert.is(status, 'the upgrade was not refused')
})
s.run()
