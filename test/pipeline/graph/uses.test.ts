import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClientAuth } from '../../../pipeline/client-auth.ts'
import type { Factory, Host } from '../../../pipeline/component.ts'
import { checkPlan } from '../../../pipeline/graph/check-plan.ts'
import { createRegistry } from '../../../pipeline/registry.ts'
import type { Use } from '../../../pipeline/roles.ts'
import { component, fakeExporter, fakeExtension, fakeReceiver, type Journal } from '../../kit/components.ts'
import { never } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'
import { graphOf, note, type Pipelines, planOf } from './kit.ts'

const LINE: Pipelines = { metrics: [['fake'], [], ['fake']] }
const usesOf = (config: unknown): Use[] => {
  const { auth } = config as { auth?: string }
  return auth === undefined ? [] : [{ role: 'clientAuth', id: auth, path: ['auth', 'authenticator'] }]
}

/** An exporter that uses the extension of its key `auth`, extensions `login` that say who they are, and what happened. */
function rig({ canUpdate = false, asks = 'as it says' } = {}) {
  const journal: Journal = []
  const got: ClientAuth[] = []
  let logins = 0
  const login: Factory<unknown> = {
    ...(fakeExtension() as Factory<unknown>),
    type: 'login',
    roles: ['clientAuth'],
    create(c) {
      const name = `${c.id} ${++logins}`
      const update = { update: async () => true }
      return {
        ...component(journal, `extensions::${c.id}`, {}),
        ...(canUpdate && update),
        offers: { clientAuth: { headers: async () => ({ authorization: name }) } },
      }
    },
  }
  const exporter = fakeExporter(journal).factory as Factory<unknown>
  const user: Factory<unknown> = {
    ...exporter,
    uses: usesOf,
    create(c, next) {
      const part = exporter.create(c, next)
      const start = async (host: Host, abort: AbortSignal) => {
        await part.start(host, abort)
        const [use] = usesOf(c.config)
        if (use) got.push(host.extension(asks === 'as it says' ? use.id : asks, 'clientAuth'))
      }
      return { ...part, start, shutdown: part.shutdown }
    },
  }
  const registry = createRegistry([fakeReceiver(journal).factory, user, login, fakeExtension(journal)])
  const said = () => Promise.all(got.map(async auth => (await auth.headers(never)).authorization))
  return { registry, journal, said }
}

const WITH_LOGIN = { extensions: ['login'], configs: { fake: { auth: 'login' } } }

const checks = suite('checkPlan of what components use')
const faultsOf = (plan: ReturnType<typeof planOf>) =>
  checkPlan(plan, rig().registry).map(({ path, message, hint }) => `${path.join('::')}: ${message}; ${hint}`)

checks('an extension that runs and has the role is right, and so is none', () => {
  assert.equal(faultsOf(planOf(LINE, WITH_LOGIN)), [])
  assert.equal(faultsOf(planOf(LINE)), [])
})
checks('one that is not configured is told, with the types that would fit', () => {
  assert.equal(faultsOf(planOf(LINE, { configs: { fake: { auth: 'oauth' } } })), [
    'exporters::fake::auth::authenticator: references extension "oauth", which is not configured; configure it under "extensions", and add it to service::extensions; types that fit: login',
  ])
})
checks('one that is misspelt is told with that which is meant', () => {
  assert.equal(faultsOf(planOf(LINE, { ...WITH_LOGIN, configs: { fake: { auth: 'logni' } } })), [
    'exporters::fake::auth::authenticator: references extension "logni", which is not configured; did you mean "login"?',
  ])
})
checks('one that service::extensions does not list is told', () => {
  assert.equal(faultsOf({ ...planOf(LINE, WITH_LOGIN), runningExtensions: [] }), [
    'exporters::fake::auth::authenticator: references extension "login", which does not run; add it to service::extensions',
  ])
})
checks('one of another role is told', () => {
  assert.equal(faultsOf(planOf(LINE, { extensions: ['fake'], configs: { fake: { auth: 'fake' } } })), [
    'exporters::fake::auth::authenticator: references extension "fake", which is none that authenticates what exporters send; types that do: login',
  ])
})
checks('a component that no pipeline names uses nothing', () => {
  const plan = planOf(LINE, { configs: { 'fake/idle': { auth: 'oauth' } } })
  const idle = { id: 'fake/idle', type: 'fake', config: { auth: 'oauth' } }
  assert.equal(faultsOf({ ...plan, exporters: new Map([...plan.exporters, ['fake/idle', idle]]) }), [])
})
checks('a graph of such a plan is refused with the path and the remedy', () => {
  const { registry } = rig()
  const create = () => graphOf(LINE, registry, { configs: { fake: { auth: 'nobody' } } })
  assert.throws(create, /exporters::fake::auth::authenticator: references extension "nobody".*; configure it/)
})
checks.run()

const use = suite('Host.extension')
use('gives what the extension offers, which has started before', async () => {
  const { registry, journal, said } = rig()
  const { graph } = graphOf(LINE, registry, WITH_LOGIN)
  await graph.start(never)
  assert.equal(await said(), ['login 1'])
  assert.ok(journal.indexOf('start extensions::login') < journal.indexOf('start exporters::fake'))
})
use('gives nothing that the factory does not name', async () => {
  const { registry } = rig({ asks: 'fake' })
  const { graph } = graphOf(LINE, registry, { ...WITH_LOGIN, extensions: ['login', 'fake'] })
  await rejects(graph.start(never), 'COMPONENT_START_FAILED')
})
use('after the shutdown of its users the extension stops', async () => {
  const { registry, journal } = rig()
  const { graph } = graphOf(LINE, registry, WITH_LOGIN)
  await graph.start(never)
  await graph.shutdown(never)
  assert.equal(journal.slice(-2), ['shutdown exporters::fake', 'shutdown extensions::login'])
})
use.run()

const replace = suite('another plan')
/** The last lines of the journal, once the second plan is applied to the first. */
async function apply(second: object, options = {}) {
  const parts = rig(options)
  const { graph } = graphOf(LINE, parts.registry, WITH_LOGIN)
  await graph.start(never)
  parts.journal.length = 0
  await graph.apply(planOf(LINE, { ...WITH_LOGIN, ...second }), never)
  return parts
}

replace('with the same extension and user leaves both', async () => {
  const { journal } = await apply({})
  assert.equal(journal, [])
})
replace(
  'with another configuration of the extension replaces its user too, which stops before it',
  async () => {
    const { journal, said } = await apply({ configs: { fake: { auth: 'login' }, login: note('new') } })
    assert.equal(await said(), ['login 1', 'login 2'])
    assert.equal(journal, [
      'create extensions::login',
      'create exporters::fake',
      'start extensions::login',
      'start exporters::fake',
      'shutdown exporters::fake',
      'shutdown extensions::login',
    ])
  },
)
replace('replaces an extension that offers something, also if it could be updated', async () => {
  const { said } = await apply(
    { configs: { fake: { auth: 'login' }, login: note('new') } },
    { canUpdate: true },
  )
  assert.equal(await said(), ['login 1', 'login 2'])
})
replace('with another extension for the same user replaces the user', async () => {
  const { said } = await apply({ extensions: ['login', 'login/b'], configs: { fake: { auth: 'login/b' } } })
  assert.equal(await said(), ['login 1', 'login/b 2'])
})
replace('without the extension that is still named is refused, and nothing changes', async () => {
  const parts = rig()
  const { graph } = graphOf(LINE, parts.registry, WITH_LOGIN)
  await graph.start(never)
  parts.journal.length = 0
  await rejects(graph.apply(planOf(LINE, { ...WITH_LOGIN, extensions: [] }), never), 'CONFIG_INVALID')
  assert.equal(parts.journal, [])
})
replace.run()
