/** What the audit log has of requests to the API: who did what, refusals, and what came of each job. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startApi } from './kit.ts'

const CI = { name: 'ci', token: '0123456789abcdef', namespaces: ['shop'] }
const OPS = { name: 'ops', token: 'abcdef0123456789', namespaces: ['*'] }
const as = ({ token }: { readonly token: string }) => ({ authorization: `Bearer ${token}` })

async function open(limits: { readonly jobs?: number } = {}) {
  const rig = await startApi({ given: { auth: { tokens: [CI, OPS] } }, limits })
  const audited = () =>
    rig.log.lines
      .filter(({ message }) => message === 'Trace API: who did what')
      .map(({ fields: { user, verb, namespace, job, status, reason, calls, owner } }) =>
        [user ?? owner ?? 'nobody', verb, namespace ?? 'node', job, status ?? reason, calls]
          .filter(part => part !== undefined)
          .join(' '),
      )
  return Object.assign(rig, { audited })
}

const audit = suite('audit')

audit('a job is told at its beginning, and at its end with its calls', async () => {
  await using rig = await open()
  await rig.ask('/jobs?id=a', {
    method: 'POST',
    headers: as(OPS),
    body: { from: 'all', syscalls: ['close'] },
  })
  await rig.makeCalls(3)
  await rig.ask('/jobs', { headers: as(OPS) })
  await rig.ask('/jobs/a', { method: 'DELETE', headers: as(OPS) })
  assert.equal(rig.audited(), ['ops create node a 201', 'ops end node a Deleted 3', 'ops delete node a 200'])
  const end = rig.log.lines.find(({ fields }) => fields.verb === 'end')!
  assert.equal(end.fields.matched, ['ssh.service'])
})

audit('who is refused is told with what was asked for, and tokens never are', async () => {
  await using rig = await open()
  await rig.ask('/jobs/namespaces/shop', { method: 'POST', body: {} })
  await rig.ask('/jobs/namespaces/shop', {
    method: 'POST',
    headers: { authorization: 'Bearer wrong' },
    body: {},
  })
  await rig.ask('/jobs/namespaces/bank', { method: 'POST', headers: as(CI), body: {} })
  await rig.ask('/trace/namespaces/bank/sse', { headers: as(CI) })
  await rig.ask('/jobs?id=a', { method: 'POST', headers: as(OPS), body: { from: 'all', environment: true } })
  assert.equal(rig.audited(), [
    'nobody create shop 401',
    'nobody create shop 401',
    'ci create bank 403',
    'ci watch bank 403',
    'ops create node 403',
  ])
  const all = JSON.stringify(rig.log.lines)
  for (const secret of ['wrong', CI.token, OPS.token]) assert.not.ok(all.includes(`"${secret}`), secret)
})

audit('a job that was asked for in vain is told with what was asked for, and why not', async () => {
  await using rig = await open({ jobs: 1 })
  const shop = (query: string, method: string, body: unknown) =>
    rig.ask(`/jobs/namespaces/shop${query}`, { method, headers: as(CI), body })
  await shop('?id=b', 'POST', { syscalls: ['clsoe'] })
  await shop('/b', 'PUT', '{')
  await shop('?id=bank.web.1', 'POST', {})
  await shop('?id=b', 'POST', { syscalls: ['close'] })
  await shop('?id=b', 'POST', { syscalls: ['open'] })
  await shop('/b', 'PUT', { syscalls: ['read'] })
  await shop('/c', 'PUT', { syscalls: ['write'] })
  assert.equal(rig.audited(), [
    'ci create shop b 400',
    'ci create shop b 400',
    'ci create shop bank.web.1 400',
    'ci create shop b 201',
    'ci create shop b 409',
    'ci create shop b 409',
    'ci create shop c 429',
  ])
  const told = rig.log.lines.filter(({ fields }) => Number(fields.status) >= 400).map(({ fields }) => fields)
  assert.match(String(told[0]!.reason), /^syscalls.0: .*did you mean "close"/)
  assert.equal(
    told.map(({ spec }) => (spec as { syscalls: string[] } | undefined)?.syscalls[0]),
    [undefined, undefined, undefined, 'open', 'read', 'write'],
  )
})

audit('who looks for what is not there has refused nothing', async () => {
  await using rig = await open()
  await rig.ask('/jobs/none', { headers: as(OPS) })
  await rig.ask('/jobs/none', { method: 'DELETE', headers: as(OPS) })
  assert.equal(rig.audited(), [])
})

audit('a job that an agent takes with it is told as well', async () => {
  const rig = await open()
  await rig.ask('/jobs?id=a', {
    method: 'POST',
    headers: as(OPS),
    body: { from: 'all', syscalls: ['close'] },
  })
  await rig.api.shutdown(AbortSignal.abort())
  assert.is(rig.audited().at(-1), 'ops end node a AgentStopped 0')
})
audit.run()

const ids = suite('ids of other namespaces')
ids('cannot be taken, nor found out by trying', async () => {
  await using rig = await open()
  const body = { from: 'all', syscalls: ['close'] }
  assert.is((await rig.ask('/jobs?id=bank.web.1', { method: 'POST', headers: as(OPS), body })).status, 201)
  const [there, absent] = await Promise.all(
    ['bank.web.1', 'bank.web.2'].map(id =>
      rig.ask(`/jobs/namespaces/shop?id=${id}`, { method: 'POST', headers: as(CI), body: {} }),
    ),
  )
  assert.is(there!.status, 400)
  assert.is(there!.text.replaceAll('web.1', 'web.2'), absent!.text)
  assert.equal(there!.body.problems[0].path, 'query.id')
  const put = await rig.ask('/jobs/namespaces/shop/bank.web.1', { method: 'PUT', headers: as(CI), body: {} })
  assert.equal([put.status, put.body.problems[0].path], [400, 'path.id'])
})
ids.run()
