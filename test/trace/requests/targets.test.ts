import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toResource } from '../../../kernel/cgroups/resource.ts'
import { parseCgroupPath } from '../../../kubernetes/cgroup-path.ts'
import type { TargetSelection } from '../../../trace/requests/request.ts'
import { createTargets, needsPods, type PodPlace } from '../../../trace/requests/targets.ts'
import { containerSelection as containers } from '../../kit/selection.ts'

const UID = '4f3f2898-69e3-5a0d-820a-c4e87987dbce'
const ID = '0123456789abcdef'.repeat(4)
const POD = `/kubepods/burstable/pod${UID}`
const CONTAINER = `${POD}/${ID}`
const DOCKER = `/docker/${ID}`
const SSH = '/system.slice/ssh.service'

const web: PodPlace = {
  namespace: 'shop',
  pod: 'web-0',
  labels: { app: 'web', tier: 'front' },
  fields: { 'metadata.name': 'web-0', 'status.phase': 'Running' },
  isOptedOut: false,
  container: 'nginx',
}
const shy: PodPlace = { ...web, isOptedOut: true }
const decide = (selection: TargetSelection, path: string, place?: PodPlace, isOverdue = false) =>
  createTargets(selection, { findPlace: () => place, isOverdue: () => isOverdue }).decide(
    toResource(parseCgroupPath(path)),
    path,
  )

const s = suite('createTargets')
const rows: readonly (readonly [string, TargetSelection, string, PodPlace | undefined, string])[] = [
  ['any container, its pod unknown', containers(), CONTAINER, undefined, 'unknown'],
  [
    'any container, with those that opted out',
    containers({ withOptedOut: true }),
    CONTAINER,
    undefined,
    'yes',
  ],
  ['any container, in a pod', containers(), CONTAINER, web, 'yes'],
  [
    'any container, in a pod, its name not known yet',
    containers(),
    CONTAINER,
    { ...web, container: undefined },
    'yes',
  ],
  ['any container, opted out', containers(), CONTAINER, shy, 'no'],
  ['labels, opted out', containers({ labels: 'app' }), CONTAINER, shy, 'no'],
  ['an id, opted out', containers({ containers: [ID] }), CONTAINER, shy, 'no'],
  ['opted out, and wanted', containers({ withOptedOut: true }), CONTAINER, shy, 'yes'],
  ['labels, opted out, and wanted', containers({ labels: 'app', withOptedOut: true }), CONTAINER, shy, 'yes'],
  ['a cgroup, opted out', { kind: 'cgroups', paths: ['/'] }, CONTAINER, shy, 'no'],
  [
    'a cgroup, opted out, and wanted',
    { kind: 'cgroups', paths: ['/'], withOptedOut: true },
    CONTAINER,
    shy,
    'yes',
  ],
  ['a cgroup, in a pod', { kind: 'cgroups', paths: ['/'] }, CONTAINER, web, 'yes'],
  ['the cgroup of a pod, opted out', { kind: 'cgroups', paths: [POD] }, CONTAINER, shy, 'no'],
  ['another cgroup, opted out', { kind: 'cgroups', paths: ['/docker'] }, CONTAINER, shy, 'no'],
  ['any container, of no pod', containers(), DOCKER, undefined, 'yes'],
  ['any container, the cgroup of a pod', containers(), POD, web, 'yes'],
  ['any container, a unit', containers(), SSH, undefined, 'no'],
  ['any container, the root', containers(), '/', undefined, 'no'],
  ['a namespace', containers({ namespaces: ['shop'] }), CONTAINER, web, 'yes'],
  ['one of two namespaces', containers({ namespaces: ['a', 'shop'] }), CONTAINER, web, 'yes'],
  ['another namespace', containers({ namespaces: ['a'] }), CONTAINER, web, 'no'],
  ['a namespace, the pod not known', containers({ namespaces: ['shop'] }), CONTAINER, undefined, 'unknown'],
  ['a namespace, a container of no pod', containers({ namespaces: ['shop'] }), DOCKER, undefined, 'no'],
  ['a pod', containers({ pods: ['web-0'] }), CONTAINER, web, 'yes'],
  ['another pod', containers({ pods: ['web-1'] }), CONTAINER, web, 'no'],
  ['labels', containers({ labels: 'app in (web),!canary' }), CONTAINER, web, 'yes'],
  ['other labels', containers({ labels: 'app!=web' }), CONTAINER, web, 'no'],
  ['labels, the pod not known', containers({ labels: 'app' }), CONTAINER, undefined, 'unknown'],
  ['fields', containers({ fields: 'status.phase=Running' }), CONTAINER, web, 'yes'],
  ['other fields', containers({ fields: 'status.phase!=Running' }), CONTAINER, web, 'no'],
  ['all of these', containers({ labels: 'app', fields: 'metadata.name=web-1' }), CONTAINER, web, 'no'],
  ['the name of a container', containers({ containers: ['nginx'] }), CONTAINER, web, 'yes'],
  ['another name of a container', containers({ containers: ['db'] }), CONTAINER, web, 'no'],
  ['a name, the pod not known', containers({ containers: ['nginx'] }), CONTAINER, undefined, 'unknown'],
  [
    'a name, the pause container',
    containers({ containers: ['nginx'] }),
    CONTAINER,
    { ...web, container: null },
    'no',
  ],
  [
    'a name, the container not known yet',
    containers({ containers: ['nginx'] }),
    CONTAINER,
    { ...web, container: undefined },
    'unknown',
  ],
  [
    'a name, the container not known yet, of another pod',
    containers({ containers: ['nginx'], pods: ['web-1'] }),
    CONTAINER,
    { ...web, container: undefined },
    'no',
  ],
  [
    'labels, the container not known yet',
    containers({ labels: 'app' }),
    CONTAINER,
    { ...web, container: undefined },
    'unknown',
  ],
  [
    'an id, the pod not known',
    containers({ containers: [ID.slice(0, 12)] }),
    CONTAINER,
    undefined,
    'unknown',
  ],
  ['an id, of no pod', containers({ containers: [ID.slice(0, 12)] }), DOCKER, undefined, 'yes'],
  ['an id and a namespace', containers({ containers: [ID], namespaces: ['shop'] }), CONTAINER, web, 'yes'],
  [
    'an id and a namespace, the pod not known',
    containers({ containers: [ID], namespaces: ['shop'] }),
    CONTAINER,
    undefined,
    'unknown',
  ],
  ['the host, a unit', { kind: 'host' }, SSH, undefined, 'yes'],
  ['the host, a container', { kind: 'host' }, CONTAINER, web, 'no'],
  ['the host, a pod', { kind: 'host' }, POD, web, 'no'],
  ['a unit', { kind: 'units', units: ['ssh'] }, SSH, undefined, 'yes'],
  ['a pattern of units', { kind: 'units', units: ['*.scope', 's*'] }, SSH, undefined, 'yes'],
  ['a cgroup of a unit', { kind: 'units', units: ['ssh'] }, `${SSH}/deep`, undefined, 'yes'],
  ['another unit', { kind: 'units', units: ['cron'] }, SSH, undefined, 'no'],
  ['a container is no unit', { kind: 'units', units: ['*'] }, CONTAINER, web, 'no'],
  ['a cgroup', { kind: 'cgroups', paths: [SSH] }, SSH, undefined, 'yes'],
  ['a cgroup, with a slash', { kind: 'cgroups', paths: ['/system.slice/'] }, SSH, undefined, 'yes'],
  ['every cgroup, the pod not known', { kind: 'cgroups', paths: ['/'] }, CONTAINER, undefined, 'unknown'],
  ['every cgroup, a container of no pod', { kind: 'cgroups', paths: ['/'] }, DOCKER, undefined, 'yes'],
  ['a cgroup whose name begins so', { kind: 'cgroups', paths: ['/system'] }, SSH, undefined, 'no'],
  ['processes', { kind: 'processes', pids: [1] }, SSH, undefined, 'yes'],
]
s('a container whose pod stays unknown is wanted in the end, unless something is asked of the pod', () => {
  assert.is(decide(containers(), CONTAINER, undefined, true), 'yes')
  assert.is(decide(containers({ containers: [ID] }), CONTAINER, undefined, true), 'yes')
  assert.is(decide(containers({ labels: 'app' }), CONTAINER, undefined, true), 'unknown')
})
for (const [name, selection, path, place, want] of rows)
  s(`${name}: ${want}`, () => assert.is(decide(selection, path, place), want))
s('changes its mind when the pod changes', () => {
  let place: PodPlace | undefined
  const targets = createTargets(containers({ labels: 'app=web' }), {
    findPlace: () => place,
    isOverdue: () => false,
  })
  const resource = toResource(parseCgroupPath(CONTAINER))
  const answers = [undefined, web, { ...web, labels: { app: 'db' } }, web].map(next => {
    place = next
    return targets.decide(resource, CONTAINER)
  })
  assert.equal(answers, ['unknown', 'yes', 'no', 'yes'])
})
s('refuses a selector that is none', () => {
  const nobody = { findPlace: () => undefined, isOverdue: () => false }
  assert.throws(() => createTargets(containers({ labels: 'a b' }), nobody), /must have an operator/)
  assert.throws(() => createTargets(containers({ fields: 'a=b' }), nobody), /must name a field/)
})
s.run()

const needs = suite('needsPods')
for (const [selection, want] of [
  [containers(), false],
  [containers({ labels: ' ' }), false],
  [containers({ namespaces: ['a'] }), true],
  [containers({ labels: 'app' }), true],
  [containers({ fields: 'metadata.name=a' }), true],
  [containers({ containers: ['nginx'] }), true],
  [containers({ containers: [ID.slice(0, 8)] }), false],
  [containers({ containers: [ID, 'nginx'] }), true],
  [{ kind: 'host' }, false],
] as const)
  needs(`${JSON.stringify(selection)}: ${want}`, () => assert.is(needsPods(selection), want))
needs.run()
