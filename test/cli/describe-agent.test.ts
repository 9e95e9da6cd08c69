import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeAgent } from '../../cli/describe-agent.ts'
import { readVersion } from '../../cli/version.ts'
import { recordingLogger } from '../kit/context.ts'

/** Returns the agent's description of itself with these variables set, and its log. */
function describeWith(env: Readonly<Record<string, string>>) {
  const before = { ...process.env }
  const log = recordingLogger()
  try {
    Object.assign(process.env, env)
    return { attributes: describeAgent(log), log: log.lines.map(({ message }) => message) }
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

const s = suite('describeAgent')
s('is swoll on its host, by the same name after a restart', () => {
  const { attributes } = describeWith({ K8S_NODE_NAME: 'worker-1' })
  assert.is(attributes['service.name'], 'swoll')
  assert.is(attributes['service.version'], readVersion())
  assert.is(attributes['service.instance.id'], 'worker-1')
  assert.is(attributes['k8s.node.name'], 'worker-1')
  assert.equal(describeWith({ K8S_NODE_NAME: 'worker-1' }).attributes, attributes)
})
s('is whom its environment says', () => {
  const { attributes } = describeWith({
    OTEL_SERVICE_NAME: 'watcher',
    OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=7,k8s.cluster.name=prod%2Ceu',
  })
  const { 'service.name': name, 'service.instance.id': id, 'k8s.cluster.name': cluster } = attributes
  assert.equal([name, id, cluster], ['watcher', '7', 'prod,eu'])
})
s('warns of an environment that it cannot read', () => {
  assert.match(
    describeWith({ OTEL_RESOURCE_ATTRIBUTES: 'nonsense' }).log[0]!,
    /^OTEL_RESOURCE_ATTRIBUTES: must be/,
  )
})
s.run()
