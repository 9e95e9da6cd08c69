/** Streams of agents as `swoll client` shows them, and jobs that go with it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli } from '../../kit/cli.ts'
import { runClientCli as run, until } from '../../kit/client-cli.ts'
import { callMessage, FakeAgent } from '../../kit/fake-agent.ts'

const watch = suite('watch')
watch('shows the calls of all agents as the original did, to the end of the job', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start({ node: 'node-b' })
  const both = ['-e', `${a.endpoint},${b.endpoint}`]
  await run(['create', ...both, '-n', 'shop', '-j', 'one'])
  using cli = new RunningCli(['client', 'watch', 'one', ...both])
  await until(() => a.watchers + b.watchers === 2)
  a.tell('one', callMessage({ ms: 1 }))
  b.tell('one', callMessage({ ms: 2, tid: 8 }))
  a.finish('one')
  b.finish('one')
  assert.is(await cli.ended(), 0)
  const [one, two] = cli.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(one.endpoint, { hostname: '127.0.0.1', port: a.port, UseTLS: false })
  assert.equal(one.payload, { ...callMessage({ ms: 1 }), seq: 1 })
  assert.equal([two.endpoint.port, two.payload.tid], [b.port, 8])
  assert.is(cli.stderr, 'swoll: 2 calls, none lost\n')
})
for (const [output, pattern] of [
  ['jsonl', /^\{"version":1,"type":"call".*"seq":1\}\n$/],
  ['cli', /^\( 0\.001ms\) \[sh\/7\] \(OK\) getpid\(\) = 7\n$/],
  ['strace', /^\[pid {5}7\] getpid\(\) {16,}= 7\n$/],
  ['summary', /getpid\n-/],
  ['otlp-json', /^\{"resourceLogs":.*"getpid\(\) = 7"/],
] as const)
  watch(`-o ${output}`, async () => {
    await using a = await FakeAgent.start()
    await run(['create', '-e', a.endpoint, '-n', 'shop', '-j', 'one'])
    a.tell('one', callMessage())
    a.finish('one')
    const { status, stdout } = await run(['watch', 'one', '-e', a.endpoint, '--from-start', '-o', output])
    assert.is(status, 0)
    assert.match(stdout, pattern)
  })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  watch(`ends at ${signal}, and leaves the job`, async () => {
    await using a = await FakeAgent.start()
    await run(['create', '-e', a.endpoint, '-n', 'shop', '-j', 'one'])
    using cli = new RunningCli(['client', 'watch', 'one', '-e', a.endpoint, '-o', 'jsonl'])
    await until(() => a.watchers === 1)
    a.tell('one', callMessage())
    await cli.printed(/"seq":1/)
    cli.kill(signal)
    assert.is(await cli.ended(), 0)
    await until(() => a.watchers === 0)
    assert.equal([a.jobs.has('one'), a.deleted], [true, []])
    assert.is(cli.stderr, 'swoll: 1 call, none lost\n')
  })
watch('ends after so many calls', async () => {
  await using a = await FakeAgent.start()
  await run(['create', '-e', a.endpoint, '-n', 'shop', '-j', 'one'])
  for (let i = 0; i < 5; i++) a.tell('one', callMessage())
  const { status, stdout } = await run(['watch', 'one', '-e', a.endpoint, '--from-start', '--count', '3'])
  assert.equal([status, stdout.trim().split('\n').length], [0, 3])
})
watch(
  'fails when the job is not there, or ends as it should not, and shows the others to their end',
  async () => {
    await using a = await FakeAgent.start()
    await using b = await FakeAgent.start()
    await using c = await FakeAgent.start()
    for (const { endpoint } of [a, b]) await run(['create', '-e', endpoint, '-n', 'shop', '-j', 'one'])
    a.finish('one', 'AgentStopped')
    b.tell('one', callMessage())
    b.finish('one')
    const all = [a, b, c].map(({ endpoint }) => endpoint).join()
    const { status, stdout, stderr } = await run(['watch', 'one', '-e', all, '--from-start', '-o', 'jsonl'])
    assert.equal([status, stdout.trim().split('\n').length], [1, 1])
    assert.match(stderr, new RegExp(`${a.endpoint}: the job is over: AgentStopped\n`))
    assert.match(stderr, new RegExp(`${c.endpoint}: job one: must exist`))
  },
)
watch('goes on when a connection breaks, and says so', async () => {
  await using a = await FakeAgent.start()
  await run(['create', '-e', a.endpoint, '-n', 'shop', '-j', 'one'])
  using cli = new RunningCli(['client', 'watch', 'one', '-e', a.endpoint, '-o', 'jsonl', '--from-start'])
  a.tell('one', callMessage())
  await cli.printed(/"seq":1/)
  a.cut()
  a.tell('one', callMessage())
  a.finish('one')
  assert.is(await cli.ended(), 0)
  assert.is(cli.stdout.trim().split('\n').length, 2)
  assert.match(cli.stderr, /; trying again\nswoll: \S+: connected again\nswoll: 2 calls, none lost\n$/)
})
watch('takes calls far longer than the 4096 bytes at which the original gave up', async () => {
  await using a = await FakeAgent.start()
  await run(['create', '-e', a.endpoint, '-n', 'shop', '-j', 'one'])
  const text = `"${'x'.repeat(3_000_000)}"`
  const message = { ...callMessage(), args: { path: { type: 'const char *', raw: '0x1', text } } }
  a.tell('one', message)
  a.finish('one')
  const { status, stdout } = await run(['watch', 'one', '-e', a.endpoint, '--from-start', '-o', 'jsonl'])
  assert.is(status, 0)
  assert.is(JSON.parse(stdout).args.path.text, text)
})
watch('writes nothing that a terminal would obey', async () => {
  await using a = await FakeAgent.start()
  await run(['create', '-e', a.endpoint, '-n', 'shop', '-j', 'one'])
  a.tell('one', { ...callMessage(), comm: '\u202e\u009b[31m' })
  a.finish('one')
  const { stdout } = await run(['watch', 'one', '-e', a.endpoint, '--from-start'])
  assert.match(stdout, /^[\x20-\x7e\n]*$/)
  assert.is(JSON.parse(stdout).payload.comm, '\u202e\u009b[31m')
})
watch.run()

const oneshot = suite('create --oneshot')
const typed = ['client', 'create', '-n', 'shop', '-O', '-o', 'jsonl']
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  oneshot(`deletes the job on every agent at ${signal}, and shows what came by then`, async () => {
    await using a = await FakeAgent.start()
    await using b = await FakeAgent.start()
    using cli = new RunningCli([...typed, '-e', `${a.endpoint},${b.endpoint}`])
    await until(() => a.watchers + b.watchers === 2)
    const [id] = [...a.jobs.keys()]
    assert.is(a.jobs.get(id!)!.lease, '1m')
    a.tell(id!, callMessage())
    await cli.printed(/"seq":1/)
    b.tell(id!, callMessage())
    cli.kill(signal)
    assert.is(await cli.ended(), 0)
    assert.equal([a.deleted, b.deleted], [[id], [id]])
    assert.is(cli.stdout.trim().split('\n').length, 2)
    assert.match(cli.stderr, /2 calls, none lost\n$/)
  })
oneshot('deletes the job when nobody reads any more, and is content', async () => {
  await using a = await FakeAgent.start()
  const script = `"$@" | head -1`
  using cli = new RunningCli([...typed, '-e', a.endpoint], ['bash', '-o', 'pipefail', '-c', script, 'sh'])
  await until(() => a.watchers === 1)
  const [id] = [...a.jobs.keys()]
  const more = setInterval(() => a.jobs.has(id!) && a.tell(id!, callMessage()), 20)
  try {
    assert.is(await cli.ended(), 0)
  } finally {
    clearInterval(more)
  }
  assert.equal(a.deleted, [id])
  assert.is(cli.stdout.trim().split('\n').length, 1)
})
oneshot('deletes the job everywhere when one agent fails, and says so', async () => {
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start()
  b.intercept = ({ method }, answer) => {
    if (method === 'POST') answer.writeHead(403).end('{"error":"no"}')
    return method === 'POST'
  }
  using cli = new RunningCli([...typed, '-e', `${a.endpoint},${b.endpoint}`])
  await until(() => a.watchers === 1)
  const [id] = [...a.jobs.keys()]
  a.finish(id!)
  assert.is(await cli.ended(), 1)
  assert.equal(a.deleted, [id])
  assert.match(cli.stderr, new RegExp(`${b.endpoint}: no\n`))
})
oneshot('ends when the job does, and forgets it', async () => {
  await using a = await FakeAgent.start()
  using cli = new RunningCli([...typed, '-e', a.endpoint, '--duration', '1s', '-j', 'mine'])
  await until(() => a.watchers === 1)
  a.finish('mine')
  assert.is(await cli.ended(), 0)
  assert.equal(a.deleted, ['mine'])
})
oneshot('says where a job could not be deleted, and that it ends by itself', async () => {
  await using a = await FakeAgent.start()
  a.intercept = ({ method }, answer) => {
    if (method === 'DELETE') answer.writeHead(500).end('{"error":"broken"}')
    return method === 'DELETE'
  }
  using cli = new RunningCli([...typed, '-e', a.endpoint])
  await until(() => a.watchers === 1)
  a.finish([...a.jobs.keys()][0]!)
  assert.is(await cli.ended(), 1)
  assert.match(cli.stderr, /could not be deleted: .*broken; it ends within 60 s by itself/)
})
oneshot('does not overwrite the job of somebody else', async () => {
  await using a = await FakeAgent.start()
  await run(['create', '-e', a.endpoint, '-n', 'shop', '-j', 'mine', '-s', 'read'])
  const { status, stderr } = await run([...typed.slice(1), '-e', a.endpoint, '-j', 'mine'])
  assert.is(status, 1)
  assert.match(stderr, /must be a new one/)
  assert.equal(a.deleted, [])
})
oneshot.run()
