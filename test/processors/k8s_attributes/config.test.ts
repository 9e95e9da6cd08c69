import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../processors/k8s_attributes/config.ts'
import { DEFAULT_METADATA } from '../../../processors/k8s_attributes/metadata.ts'

const s = suite('config')
s('has the defaults of the Collector where it has the key', () => {
  const { auth_type, passthrough, wait_for_metadata, wait_for_metadata_timeout, exclude, extract, filter } =
    config.parse({})
  assert.equal(
    { auth_type, passthrough, wait_for_metadata, wait_for_metadata_timeout, pods: exclude.pods },
    {
      auth_type: 'serviceAccount',
      passthrough: false,
      wait_for_metadata: false,
      wait_for_metadata_timeout: 10_000,
      pods: [{ name: 'jaeger-agent' }, { name: 'jaeger-collector' }],
    },
  )
  for (const name of [
    'k8s.namespace.name',
    'k8s.pod.name',
    'k8s.pod.uid',
    'k8s.pod.start_time',
    'k8s.deployment.name',
    'k8s.node.name',
    'container.image.name',
    'container.image.tag',
  ] as const)
    assert.ok(DEFAULT_METADATA.includes(name), name)
  assert.is(extract.otel_annotations, false)
  assert.equal(filter, { fields: [], labels: [] })
})

const wrong: readonly (readonly [unknown, string, RegExp])[] = [
  [{ auth_type: 'token' }, 'auth_type', /serviceAccount/],
  [
    { extract: { metadata: ['k8s.pod.nam'] } },
    'extract.metadata.0',
    /must be a supported metadata field, got "k8s.pod.nam"/,
  ],
  [{ extract: { labels: [{}] } }, 'extract.labels.0', /must have either key or key_regex/],
  [
    { extract: { labels: [{ key: 'a', key_regex: 'b' }] } },
    'extract.labels.0',
    /must have either key or key_regex/,
  ],
  [
    { extract: { labels: [{ key_regex: '(' }] } },
    'extract.labels.0.key_regex',
    /must be a regular expression/,
  ],
  [{ extract: { labels: [{ key: 'a', from: 'cluster' }] } }, 'extract.labels.0.from', /namespace/],
  [{ pod_association: [{ sources: [] }] }, 'pod_association.0.sources', /1/],
  [
    { pod_association: [{ sources: Array(5).fill({ from: 'connection' }) }] },
    'pod_association.0.sources',
    /4/,
  ],
  [
    { pod_association: [{ sources: [{ from: 'resource_attribute' }] }] },
    'pod_association.0.sources.0.name',
    /must be set/,
  ],
  [{ exclude: { pods: [{ name: '[' }] } }, 'exclude.pods.0.name', /must be a regular expression/],
  [
    { source: 'kubelet', filter: { fields: [{ key: 'status.phase' }] } },
    'filter.fields',
    /must be empty unless source is watch/,
  ],
  [{ kubelet: { endpoint: 'node:10250' } }, 'kubelet.endpoint', /must be an address/],
  [{ filter: { labels: [{ key: 'a', op: 'like' }] } }, 'filter.labels.0.op', /exists/],
  [{ wait: '11m' }, 'wait', /at most 10m/],
  [{ aggregate_to: 'deployment' }, 'aggregate_to', /workload/],
  [{ aggregate_retention: '25h' }, 'aggregate_retention', /at most 24h|at most 1d/],
  [
    { aggregate_to: 'pod', passthrough: true },
    'aggregate_to',
    /must be container when passthrough is true, got "pod".*; set passthrough to false/,
  ],
]
for (const [given, path, message] of wrong)
  s(`refuses ${JSON.stringify(given)}`, () => {
    const { error } = config.safeParse(given)
    const issue = error?.issues.find(found => found.path.join('.') === path)
    assert.ok(issue, JSON.stringify(error?.issues))
    assert.match(issue.message, message)
  })
s.run()
