/** `swoll client` as a user types it, against agents that do what a test says. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAuthority } from '../../kit/certificates.ts'
import { Scratch } from '../../kit/cli.ts'
import { runClientCli as run } from '../../kit/client-cli.ts'
import { FakeAgent } from '../../kit/fake-agent.ts'

const authority = createAuthority()

const create = suite('create')
create('makes one job on each agent, and prints its id', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start()
  const typed = ['create', '-e', `${a.endpoint},${b.endpoint}`, '-n', 'shop', '-l', 'app=web,!canary']
  const { status, stdout, stderr } = await run([...typed, '-s', 'openat,read', '-m', 'nginx', '-j', 'web.1'])
  assert.equal([status, stdout, stderr], [0, 'web.1\n', ''])
  for (const { seen } of [a, b]) {
    assert.equal([seen[0]!.method, seen[0]!.url], ['POST', '/jobs/namespaces/shop?id=web.1'])
    assert.equal(JSON.parse(seen[0]!.body), {
      labelSelector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'canary', operator: 'DoesNotExist' }],
      },
      hostSelector: ['nginx'],
      syscalls: ['openat', 'read'],
    })
  }
})
create('makes an id where none is given, the same on all agents', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start()
  const { stdout } = await run(['create', '-e', a.endpoint, '-e', b.endpoint, '-n', 'shop'])
  assert.match(stdout, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$/)
  assert.equal([...a.jobs.keys()], [stdout.trim()])
  assert.equal([...b.jobs.keys()], [stdout.trim()])
})
create('takes the options in front of the command, as the original did', async () => {
  await using a = await FakeAgent.start()
  const { status } = await run(['-e', a.endpoint, '-n', 'shop', 'create', '-j', 'a'])
  assert.is(status, 0)
  assert.equal([...a.jobs.keys()], ['a'])
})
for (const [name, text, url] of [
  ['a specification', 'syscalls: [read]\nduration: 30s\n', '/jobs/namespaces/shop?id=x'],
  ['JSON', '{"syscalls": ["read"], "duration": "30s"}', '/jobs/namespaces/shop?id=x'],
  [
    'a Trace',
    'apiVersion: tools.swoll.criticalstack.com/v1alpha1\nkind: Trace\nmetadata: {name: cilium, namespace: shop}\nspec: {syscalls: [read], duration: 30s}\n',
    '/jobs/namespaces/shop?name=cilium&id=x',
  ],
] as const)
  create(`takes ${name} from a file; options go before it`, async () => {
    await using a = await FakeAgent.start()
    using scratch = new Scratch()
    const file = scratch.write('spec', text)
    const namespace = name === 'a Trace' ? [] : ['-n', 'shop']
    const { status, stderr } = await run([
      ...['create', '-e', a.endpoint, ...namespace, '-f', file, '-j', 'x'],
      ...['-s', 'write', '--sample', '2'],
    ])
    assert.equal([status, stderr], [0, ''])
    assert.is(a.seen[0]!.url, url)
    const want = { syscalls: ['write'], duration: '30s', sampleRate: 2 }
    assert.equal(JSON.parse(a.seen[0]!.body), want)
  })
create('turns every option into what agents understand', async () => {
  await using a = await FakeAgent.start()
  const { status, stderr } = await run([
    ...[
      'create',
      '-e',
      a.endpoint,
      '-A',
      '-F',
      'status.phase=Running',
      '-p',
      'web-0',
      '-u',
      '0',
      '--comm',
      'sh',
    ],
    ...['--errors', 'ENOENT', '-P', '/etc/', '--min-latency', '1ms', '--sample', '3', '--duration', '1m'],
    ...['--count', '9', '--rate-limit', '0', '--string-limit', '64', '--payload', '8', '--environment'],
    ...['--persistent', '--send-to', 'logs,otlp'],
  ])
  assert.equal([status, stderr], [0, ''])
  assert.equal(JSON.parse(a.seen[0]!.body), {
    fieldSelector: { matchLabels: { 'status.phase': 'Running' } },
    pods: ['web-0'],
    errors: ['ENOENT'],
    paths: ['/etc/'],
    minLatency: '1ms',
    uid: 0,
    comm: 'sh',
    sampleRate: 3,
    duration: '1m',
    budget: { calls: 9 },
    rateLimit: 0,
    stringLimit: 64,
    payloadLimit: 8,
    environment: true,
    persistent: true,
    output: ['logs', 'otlp'],
    from: 'containers',
  })
})
create('says which agents refused, and fails; the others have the job', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start()
  b.intercept = (_, answer) => {
    answer.writeHead(403).end('{"error":"namespace shop: must be one that you may trace"}')
    return true
  }
  const { status, stdout, stderr } = await run(['create', '-e', `${a.endpoint},${b.endpoint}`, '-n', 'shop'])
  assert.is(status, 1)
  assert.is(stdout.trim(), [...a.jobs.keys()][0])
  assert.is(stderr, `swoll: ${b.endpoint}: namespace shop: must be one that you may trace\n`)
})
create.run()

const usage = suite('wrong usage')
for (const [name, args, pattern] of [
  ['no argument', ['watch', '-e', 'a'], /^swoll: id: must be given/],
  ['no id to delete', ['delete', '-e', 'a'], /missing required argument 'id'/],
  ['a port that is none', ['list', '-e', 'a:b'], /got "a:b"/],
  ['an empty list of endpoints', ['list', '-e', ','], /--endpoints: must be a list/],
  ['no namespace', ['create', '-e', 'a'], /--namespace: must be given/],
  [
    'two places',
    ['create', '-e', 'a', '-n', 'b', '--no-containers'],
    /--no-containers: must not be given together/,
  ],
  ['a call that does not exist', ['create', '-e', 'a', '-n', 'b', '-s', 'opeat'], /--syscalls: .*opena?t/],
  ['another command', ['creat'], /unknown command 'creat'/],
  [
    'a file that is not there',
    ['create', '-e', 'a', '-n', 'b', '-f', '/nowhere'],
    /got "\/nowhere" \(ENOENT\)/,
  ],
  [
    'a certificate without its key',
    ['list', '-e', 'a', '--cert', 'package.json'],
    /--key: must be given, too/,
  ],
  [
    'two tokens',
    ['list', '-e', 'a', '--token', 'x', '--token-file', 'package.json'],
    /--token-file: must not/,
  ],
  ['an output that does not exist', ['watch', '-e', 'a', 'x', '-o', 'yaml'], /--output: must be one of/],
  ['an option that does nothing', ['watch', '-e', 'a', 'x', '-T'], /--syscall-times: must be given with/],
  ['a state that does not exist', ['query', '-e', 'a', 'runing'], /did you mean "running"/],
] as const)
  usage(name, async () => {
    const { status, stdout, stderr } = await run(args)
    assert.equal([status, stdout], [2, ''])
    assert.match(stderr, pattern)
  })
usage('says every mistake of a file and of the options at once', async () => {
  using scratch = new Scratch()
  const file = scratch.write('spec.yaml', 'sylcalls: [read]\nduration: 5\n')
  const { status, stderr } = await run(['create', '-e', 'a:x', '-f', file, '--uid', 'root'])
  assert.is(status, 2)
  assert.match(stderr, /sylcalls/)
  assert.match(stderr, /spec\.duration/)
  assert.match(stderr, /--uid/)
  assert.match(stderr, /--endpoints/)
  assert.match(stderr, /--namespace/)
})
usage.run()

const ask = suite('list, query, get, status, delete')
ask('ask all agents', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start({ node: 'node-b' })
  const both = ['-e', `${a.endpoint},${b.endpoint}`]
  await run(['create', ...both, '-n', 'shop', '-j', 'one', '-s', 'read'])
  await run(['create', '-e', a.endpoint, '-n', 'other', '-j', 'two'])
  a.finish('two')
  const list = await run(['list', ...both])
  assert.is(list.stdout.split('\n').length, 5)
  assert.match(list.stdout, /^AGENT +ID +NAMESPACE +NAME +STATE +SYSCALLS\n/)
  assert.match(list.stdout, new RegExp(`${b.endpoint} +one +shop +one +Running +read\n`))
  const json = JSON.parse((await run(['list', ...both, '-o', 'json', '-n', 'other'])).stdout)
  assert.equal(json.length, 1)
  assert.equal(json[0].endpoint, { hostname: '127.0.0.1', port: a.port, UseTLS: false })
  const running = await run(['query', 'running', ...both])
  assert.is(running.stderr, `swoll: endpoint=${a.endpoint}\nswoll: endpoint=${b.endpoint}\n`)
  assert.is(JSON.parse(`${running.stdout.split('\n]\n')[0]}]`)[0].kind, 'Trace')
  const completed = await run(['query', 'completed', '-e', a.endpoint])
  assert.is(JSON.parse(completed.stdout)[0].metadata.name, 'two')
  const get = await run(['get', 'one', ...both])
  assert.equal(
    get.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).id),
    ['one', 'one'],
  )
  const status = await run(['status', 'two', ...both])
  assert.equal([status.status, status.stdout.split('\n').length], [0, 3])
  assert.match(status.stdout, /node-a +Complete/)
})
ask('delete on all agents, whatever one of them says; the original stopped at the first', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start()
  await using c = await FakeAgent.start()
  const all = ['-e', [a, b, c].map(({ endpoint }) => endpoint).join()]
  await run(['create', ...all, '-n', 'shop', '-j', 'one'])
  a.intercept = ({ method }, answer) => {
    if (method === 'DELETE') answer.writeHead(500).end('{"error":"no"}')
    return method === 'DELETE'
  }
  const { status, stdout, stderr } = await run(['delete', 'one', ...all])
  assert.is(status, 1)
  assert.is(
    stdout,
    `Deleting one on ${a.endpoint} ... FAIL!\nDeleting one on ${b.endpoint} ... Success!\nDeleting one on ${c.endpoint} ... Success!\n`,
  )
  assert.is(stderr, `swoll: ${a.endpoint}: no\n`)
  assert.equal([a.jobs.size, b.jobs.size, c.jobs.size], [1, 0, 0])
})
ask('delete what only one agent has; what none has is a failure', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start()
  const both = ['-e', `${a.endpoint},${b.endpoint}`]
  await run(['create', '-e', b.endpoint, '-n', 'shop', '-j', 'one'])
  const there = await run(['delete', 'one', ...both])
  assert.is(there.status, 0)
  assert.match(there.stdout, /not there\n.*Success!\n$/)
  const gone = await run(['delete', 'one', ...both])
  assert.is(gone.status, 1)
  assert.match(gone.stdout, /FAIL!\n.*FAIL!\n$/)
})
ask('reach agents by IPv6', async () => {
  await using a = await FakeAgent.start({ host: '::1' })
  const { status } = await run(['list', '-e', `[::1]:${a.port}`])
  assert.is(status, 0)
})
for (const [name, ca] of [
  ['a file', () => authority.caFile],
  ['the text itself, as the Job of a Trace has it', () => authority.ca.toString()],
] as const)
  ask(`take endpoints, token, name and authority from the environment: ${name}`, async () => {
    const { cert, key } = authority.sign('agent', 'DNS:swoll.kube-system.svc')
    await using a = await FakeAgent.start({ tls: { cert, key } })
    const env = { SWOLL_ENDPOINTS: a.endpoint, SWOLL_TOKEN: 'secret', SWOLL_CA: ca() }
    Object.assign(process.env, env, { SWOLL_SERVER_NAME: 'swoll.kube-system.svc' })
    try {
      const { status, stderr } = await run(['list'])
      assert.equal([status, stderr], [0, ''])
      assert.is(a.seen[0]!.headers.authorization, 'Bearer secret')
    } finally {
      for (const name of [...Object.keys(env), 'SWOLL_SERVER_NAME']) delete process.env[name]
    }
  })
ask('fail when nobody answers', async () => {
  const { status, stdout, stderr } = await run(['list', '-e', 'localhost:1'])
  assert.equal([status, stdout], [1, ''])
  assert.match(stderr, /^swoll: localhost:1: must be an agent that answers, got .*ECONNREFUSED/)
})
ask.run()
