/** What containers were seen to make, as the exporter tells it, and as `swoll seccomp` asks for it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leaseCoverage } from '../../../pipeline/coverage.ts'
import { Services } from '../../../pipeline/services.ts'
import { observation } from '../../../seccomp/api/observation.ts'
import { RunningCli } from '../../kit/cli.ts'
import { callsOf, startCharts, tellAccess } from './http-kit.ts'

const s = suite('/data/seen')
s('tells all calls since the start, of those who are asked for', async () => {
  const services = new Services()
  const coverage = await leaseCoverage({ service: services.lease })
  const whole = { isWhole: () => true, lost: () => 0, isExcluding: false, sent: undefined }
  coverage.value.tell('ebpf', whole)
  await using charts = await startCharts({}, services)
  await charts.collect([
    callsOf('shop', 'read', 3),
    callsOf('bank', 'mount', 1),
    callsOf(undefined, 'poll', 1),
  ])
  await charts.collect([callsOf('shop', 'read', 5), callsOf('shop', 'openat', 1, 'EACCES')])
  const seen = async (query: string) =>
    observation.parse((await charts.get(`/data/seen${query}`)).json).subjects
  assert.is((await seen('')).length, 3)
  const [shop, ...more] = await seen('?namespace=shop')
  assert.equal(more, [])
  assert.equal([shop!.pod, shop!.gaps], ['shop-0', []])
  assert.equal(
    shop!.calls.map(({ name, calls, errors }) => [name, calls, errors]),
    [
      ['openat', 1, 1],
      ['read', 5, 0],
    ],
  )
  assert.equal(
    (await seen('?unit=ssh.service&unit=other')).map(({ unit }) => unit),
    ['ssh.service'],
  )
  const { json } = await charts.get('/data/about')
  assert.is(json.services.seen, true)
})
s('says all that is wrong with a question, and nothing where it is switched off', async () => {
  await using charts = await startCharts()
  const { status, text } = await charts.get('/data/seen?nonsense=1&pod=')
  assert.is(status, 400)
  for (const word of ['nonsense', 'pod']) assert.match(text, word)
  await using without = await startCharts({ seen: false })
  assert.is((await without.get('/data/seen')).status, 404)
})
s('shows only what the caller may see', async () => {
  const services = new Services()
  await tellAccess(services)
  await using charts = await startCharts({ login: true }, services)
  await charts.collect([
    callsOf('shop', 'read', 3),
    callsOf('bank', 'mount', 1),
    callsOf(undefined, 'poll', 1),
  ])
  assert.is((await charts.get('/data/seen')).status, 401)
  const { json } = await charts.get('/data/seen', { headers: { authorization: 'shop' } })
  assert.equal(
    observation.parse(json).subjects.map(({ namespace }) => namespace),
    ['shop'],
  )
})
s('is what swoll seccomp profile --agent makes a profile of', async () => {
  await using charts = await startCharts()
  await charts.collect([callsOf('shop', 'read', 3), callsOf('bank', 'mount', 1)])
  const agent = `http://127.0.0.1:${charts.exporter.endpoint!.port}`
  const run = async (...more: string[]) => {
    using cli = new RunningCli(['seccomp', 'profile', '-a', agent, '-n', 'shop', '--no-runtime', ...more])
    return { status: await cli.ended(), ...cli, stdout: cli.stdout, stderr: cli.stderr }
  }
  const { status, stdout, stderr } = await run()
  assert.is(status, 0, stderr)
  assert.equal(JSON.parse(stdout).syscalls, [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }])
  assert.match(stderr, 'may lack calls: whether instances ran before counting began is unknown')
  assert.is((await run('--require-complete')).status, 1)
  const resource = await run('-o', 'kubernetes')
  assert.match(resource.stdout, / {2}name: shop-0\n {2}namespace: shop\n/)
})
s.run()
