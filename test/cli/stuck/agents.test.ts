import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { askAgents } from '../../../cli/stuck/agents.ts'
import { decodeAgentsOptions } from '../../../cli/stuck/decode-agents.ts'
import type { TypedStuck } from '../../../cli/stuck/options.ts'
import { countStuck, describeMissed, printStuck } from '../../../cli/stuck/print.ts'
import { ClientError, type InFlightDocument } from '../../../client/client.ts'
import type { SwollError } from '../../../pipeline/errors.ts'
import { rejects } from '../../kit/rejects.ts'

const NEVER = new AbortController().signal
const SHOWN = { minMs: 1000, isEach: false, limit: 1000, output: 'table' } as const

const thread = (tid: number, seconds: number, more: object = {}): InFlightDocument['threads'][number] => ({
  container: null,
  unit: 'backup.service',
  cgroup: null,
  pid: tid,
  vpid: tid,
  tid,
  comm: 'tar',
  syscall: { name: 'flock', nr: 73, class: 'FileSystem', group: 'Files', abi: 'x86_64' },
  args: { fd: { type: 'int', raw: 5, text: '5</data/lock>' } },
  forNs: seconds * 1e9,
  isAtLeast: true,
  isWaiting: false,
  ...more,
})

const answer = (node: string, ...threads: InFlightDocument['threads']): InFlightDocument => ({
  node,
  time: '2026-11-30T09:00:00.000Z',
  threads,
  total: threads.length,
  missed: {},
})

/** Undefined: does not answer. */
const agent = (name: string, found: InFlightDocument | undefined, status?: number) => ({
  name,
  client: {
    stuck: async () => {
      if (found) return found
      throw new ClientError('CLIENT_UNREACHABLE', `${name}: no answer`, { status })
    },
  },
})

const s = suite('askAgents')

s('puts the threads of several nodes in one table, the longest first', async () => {
  const agents = [agent('b', answer('b', thread(1, 5))), agent('a', answer('a', thread(2, 9), thread(3, 2)))]
  const { answers, missing } = await askAgents(agents, {}, NEVER)
  assert.equal([answers.map(({ node }) => node), missing], [['a', 'b'], []])
  const rows = printStuck(answers, SHOWN).trimEnd().split('\n')
  assert.match(rows[0]!, /^NODE +SOURCE +PID/)
  assert.equal(
    rows.slice(1).map(row => row.split(/ {2,}/).slice(0, 3)),
    [
      ['a', 'backup.service', '2'],
      ['b', 'backup.service', '1'],
      ['a', 'backup.service', '3'],
    ],
  )
  assert.is(countStuck(answers, SHOWN), 3)
})

s('keeps the longest of all, and says on which nodes others are', async () => {
  const agents = [agent('a', answer('a', thread(1, 9), thread(2, 1))), agent('b', answer('b', thread(3, 5)))]
  const { answers } = await askAgents(agents, { limit: 2 }, NEVER)
  assert.equal(
    answers.map(({ threads }) => threads.map(({ tid }) => tid)),
    [[1], [3]],
  )
  assert.equal(describeMissed(answers), ['a: 1 more thread is not shown: --limit'])
})

s('goes on with those that answer, and names the others; one of an old version for what it is', async () => {
  const agents = [agent('a', answer('a')), agent('b', undefined), agent('c', undefined, 404)]
  const { answers, missing } = await askAgents(agents, {}, NEVER)
  assert.is(answers.length, 1)
  assert.equal(missing, [
    'b: no answer',
    'c: no answer; it is of a version that does not tell calls in flight',
  ])
  await rejects(askAgents([agent('b', undefined)], {}, NEVER), 'AGENT_UNREACHABLE')
})

s('says what was not read, and why', () => {
  const missed = { memory_withheld: 1, memory_unreadable: 2, unresolved: 3 }
  assert.equal(describeMissed([{ ...answer('a'), missed }]), [
    'a: 1 thread has arguments in memory that are shown as addresses: they are in a file of a server that may not answer, or in memory that is being changed',
    'a: 2 threads have arguments in memory that are shown as addresses: this kernel does not let them be read (Linux 6.2 does)',
    'a: 3 threads are not shown: unresolved',
  ])
})

const decodes = suite('decodeAgentsOptions')

decodes('asks this host where no agent is given, else for what was typed', () => {
  assert.is(decodeAgentsOptions({ min: '5s' }, []), undefined)
  const options = decodeAgentsOptions(
    { agent: ['a,b:1'], namespace: ['shop,bank'], pod: ['db-0'], syscalls: ['%file'], min: '5s', all: true },
    [],
  )!
  assert.equal(options.endpoints, ['http://a:9095', 'http://b:1'])
  assert.equal(options.query, {
    namespaces: ['shop', 'bank'],
    pods: ['db-0'],
    containers: undefined,
    units: undefined,
    syscalls: ['%file'],
    minMs: 5000,
    limit: 1000,
  })
  assert.equal([options.isEach, options.output], [true, 'table'])
  assert.is(
    decodeAgentsOptions({ cluster: true, containers: true, decodeFds: true }, [])!.endpoints,
    undefined,
  )
})

decodes('refuses what is of this host, every mistake at once', () => {
  const typed: TypedStuck = {
    ...{ agent: ['a'], cluster: true, pid: ['1'], decodeFds: false, labelSelector: 'a=b' },
    ...{ unit: ['a'], namespace: ['b'], min: 'soon' },
  }
  assert.throws(
    () => decodeAgentsOptions(typed, ['app=web']),
    (error: SwollError) => {
      const options = error.message.split('\n').map(line => line.split(':')[0])
      const wanted = ['--cluster', '--label-selector', '--pid', '--no-decode-fds', 'label selector']
      assert.equal([error.code, ...options], ['USAGE_INVALID', ...wanted, '--min', '--unit'])
      return true
    },
  )
})
s.run()
decodes.run()
