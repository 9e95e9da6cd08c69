import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ObjectMetadata } from '../../../kubernetes/client/api-client.ts'
import { apiPath } from '../../../kubernetes/client/api-error.ts'
import { parseImage } from '../../../kubernetes/image.ts'
import { toPod } from '../../../kubernetes/pods/pod.ts'
import { workloadOf } from '../../../kubernetes/pods/workload.ts'
import { type PodParts, rawPod } from '../../kit/pods.ts'

const RS = '/apis/apps/v1/namespaces/shop/replicasets/'
const JOBS = '/apis/batch/v1/namespaces/shop/jobs/'
const owned = (kind: string, name: string): ObjectMetadata => ({
  name: 'x',
  uid: 'x',
  ownerReferences: [{ kind, name, uid: `uid-of-${name}`, controller: true }],
})
const OBJECTS: Readonly<Record<string, ObjectMetadata | null>> = {
  [`${RS}web-5f9`]: owned('Deployment', 'web'),
  [`${RS}roll-5f9`]: owned('Rollout', 'roll'),
  [`${JOBS}backup-by-hand`]: owned('CronJob', 'backup'),
  [`${JOBS}backup-29454720`]: owned('CronJob', 'backup'),
  [`${JOBS}once`]: { name: 'once', uid: 'u' },
  [`${JOBS}build-12345678`]: { name: 'build-12345678', uid: 'u' },
}
const hash = (value: string) => ({ labels: { 'pod-template-hash': value } })
const owner = (kind: string, name: string) => ({ owner: { kind, name } })
const NAME = { isDeploymentAsked: false, isCronJobAsked: false, isCronJobWanted: true }
const UID = { isDeploymentAsked: true, isCronJobAsked: true, isCronJobWanted: true }

const rows: readonly (readonly [string, PodParts, typeof NAME, Record<string, string>, number])[] = [
  ['no owner', {}, NAME, {}, 0],
  ['StatefulSet', owner('StatefulSet', 'db'), NAME, { statefulset: 'db' }, 0],
  ['DaemonSet', owner('DaemonSet', 'log'), NAME, { daemonset: 'log' }, 0],
  [
    'Deployment by its hash',
    { ...owner('ReplicaSet', 'a-b-5f9'), ...hash('5f9') },
    NAME,
    { replicaset: 'a-b-5f9', deployment: 'a-b' },
    0,
  ],
  ['ReplicaSet of its own', owner('ReplicaSet', 'web-5f9'), NAME, { replicaset: 'web-5f9' }, 0],
  [
    'ReplicaSet with another hash',
    { ...owner('ReplicaSet', 'web-5f9'), ...hash('abc') },
    NAME,
    { replicaset: 'web-5f9' },
    0,
  ],
  [
    'Deployment asked for',
    { ...owner('ReplicaSet', 'web-5f9'), ...hash('5f9') },
    UID,
    { replicaset: 'web-5f9', deployment: 'web uid-of-web' },
    1,
  ],
  [
    'Rollout asked for',
    { ...owner('ReplicaSet', 'roll-5f9'), ...hash('5f9') },
    UID,
    { replicaset: 'roll-5f9' },
    1,
  ],
  [
    'Deployment that may not be asked for',
    { ...owner('ReplicaSet', 'no-5f9'), ...hash('5f9') },
    UID,
    { replicaset: 'no-5f9', deployment: 'no' },
    1,
  ],
  [
    'CronJob by the minute',
    { ...owner('Job', 'backup-29454720'), startTime: '2026-01-01T16:00:03Z' },
    NAME,
    { job: 'backup-29454720', cronjob: 'backup' },
    0,
  ],
  [
    'CronJob with its uid',
    { ...owner('Job', 'backup-29454720'), startTime: '2026-01-01T16:00:03Z' },
    UID,
    { job: 'backup-29454720', cronjob: 'backup uid-of-backup' },
    1,
  ],
  [
    'CronJob started by hand',
    owner('Job', 'backup-by-hand'),
    NAME,
    { job: 'backup-by-hand', cronjob: 'backup uid-of-backup' },
    1,
  ],
  ['Job', owner('Job', 'once'), NAME, { job: 'once' }, 1],
  [
    'Job whose number is no minute of its time',
    owner('Job', 'build-12345678'),
    NAME,
    { job: 'build-12345678' },
    1,
  ],
  [
    'Job when nobody wants CronJobs',
    owner('Job', 'once'),
    { ...NAME, isCronJobWanted: false },
    { job: 'once' },
    0,
  ],
  ['owner of another kind', owner('Workflow', 'w'), NAME, {}, 0],
  ['mirror pod', owner('Node', 'node-a'), NAME, {}, 0],
]
const s = suite('workloadOf')
for (const [name, parts, options, want, lookups] of rows)
  s(name, () => {
    const asked: string[] = []
    const found = workloadOf(
      toPod(rawPod(parts), () => true),
      options,
      object => {
        asked.push(apiPath(object))
        return OBJECTS[apiPath(object)] ?? null
      },
    )
    const got = Object.entries(found).map(([kind, { name: own, uid }]) => {
      const isOwner = own === parts.owner?.name
      return [kind, !isOwner && uid !== undefined ? `${own} ${uid}` : own]
    })
    assert.equal(Object.fromEntries(got), want)
    assert.is(asked.length, lookups)
  })
s.run()

const digest = `sha256:${'ab'.repeat(32)}`
const images: readonly (readonly [string, ReturnType<typeof parseImage>])[] = [
  ['nginx', { name: 'nginx', tag: 'latest', digest: undefined }],
  ['nginx:1.27', { name: 'nginx', tag: '1.27', digest: undefined }],
  ['localhost:5000/a/b', { name: 'localhost:5000/a/b', tag: 'latest', digest: undefined }],
  ['localhost:5000/a/b:v1', { name: 'localhost:5000/a/b', tag: 'v1', digest: undefined }],
  [`r.io/a@${digest}`, { name: 'r.io/a', tag: undefined, digest }],
  [`r.io/a:v1@${digest}`, { name: 'r.io/a', tag: 'v1', digest }],
  [digest, undefined],
  ['', undefined],
]
const image = suite('parseImage')
for (const [text, want] of images) image(JSON.stringify(text), () => assert.equal(parseImage(text), want))
image.run()
