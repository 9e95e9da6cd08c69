import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AskedAgent, askAgents, podsOf } from '../../../cli/top/agents-source.ts'
import { selectByLabels } from '../../../cli/top/selected-source.ts'
import { ClientError } from '../../../client/client.ts'
import { decodeLabelSelector } from '../../../kubernetes/selectors/labels.ts'
import { statsQuery } from '../../../stats/api/query.ts'
import { fakeNumbers, SHOP } from '../../kit/fake-numbers.ts'
import { rejects } from '../../kit/rejects.ts'

const NEVER = new AbortController().signal
const BY_POD = statsQuery.parse({ by: ['pod'], windowMs: 1000 })

/** An agent of all that is in the shop; undefined: it does not answer. */
function agent(name: string, series: typeof SHOP | undefined, pods: readonly string[] = []): AskedAgent {
  const fail = () => Promise.reject(new Error(`${name}: no answer`))
  return {
    name,
    client: {
      stats: async query => (series ? fakeNumbers(series).query(statsQuery.parse(query), NEVER) : fail()),
      pods: async () => {
        if (series === undefined) return fail()
        const list = pods.map(pod => ({
          namespace: 'shop',
          name: pod,
          uid: pod,
          labels: { app: pod.split('-')[0]! },
          containers: [],
          optedOut: false,
        }))
        return { node: name, pods: list }
      },
    },
  }
}

const asks = suite('askAgents')

asks('adds up what several say of the same', async () => {
  const source = askAgents([agent('a', SHOP), agent('b', SHOP)])
  const [one, two] = await Promise.all([
    askAgents([agent('a', SHOP)]).query(BY_POD, NEVER),
    source.query(BY_POD, NEVER),
  ])
  assert.is(two.total.calls, 2 * one.total.calls)
  assert.is(two.rows.length, one.rows.length)
  assert.is(source.name, '2 agents')
  assert.equal(source.problems(), [])
})

asks('goes on with those that answer, and names the others', async () => {
  const source = askAgents([agent('a', SHOP), agent('b', undefined)], ['c could not be reached'])
  assert.ok((await source.query(BY_POD, NEVER)).rows.length > 0)
  assert.equal(source.problems(), ['b: no answer', 'c could not be reached'])
})

asks('fails where nobody answers', async () => {
  const source = askAgents([agent('a', undefined), agent('b', undefined)])
  let message = ''
  await source.query(BY_POD, NEVER).catch((error: Error) => {
    message = error.message
  })
  assert.is(message, 'a: no answer')
})

asks('says what an agent needs that has no numbers', async () => {
  const { client } = agent('a', SHOP)
  const refused = new ClientError('CLIENT_REFUSED', 'a: 404', { status: 404 })
  const without = { name: 'a', client: { ...client, stats: () => Promise.reject(refused) } }
  const error = await rejects(askAgents([without]).query(BY_POD, NEVER), 'CLIENT_REFUSED')
  assert.is(error.message, 'a: 404; it needs the exporter charts in its metrics pipeline')
  const source = askAgents([without, agent('b', SHOP)])
  await source.query(BY_POD, NEVER)
  assert.equal(source.problems(), [error.message])
})

const labels = suite('selectByLabels')
const AGENT = agent('a', SHOP, ['web-6d4cf56db6-x7k2p', 'db-0'])

labels('has only the pods with the labels', async () => {
  const pods = podsOf([AGENT], () => 0)
  const source = selectByLabels(askAgents([AGENT]), decodeLabelSelector('app=db'), pods)
  const { rows } = await source.query(BY_POD, NEVER)
  assert.equal(
    rows.map(({ key }) => key.pod),
    ['db-0'],
  )
})

labels('has no rows where no pod has them, rather than all', async () => {
  const pods = podsOf([AGENT], () => 0)
  const source = selectByLabels(askAgents([AGENT]), decodeLabelSelector('app=none'), pods)
  assert.is((await source.query(BY_POD, NEVER)).rows.length, 0)
})

labels('refuses more pods than a question may name', async () => {
  const many = agent(
    'a',
    SHOP,
    Array.from({ length: 101 }, (_, i) => `web-${i}`),
  )
  const pods = podsOf([many], () => 0)
  const source = selectByLabels(askAgents([many]), decodeLabelSelector('app=web'), pods)
  await rejects(source.query(BY_POD, NEVER), 'TARGET_INVALID')
})

asks.run()
labels.run()
