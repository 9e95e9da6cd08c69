import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LabelOptions } from '../../../../exporters/shared/prometheus/label-options.ts'
import type { Attributes } from '../../../../pipeline/data/attributes.ts'
import { metricsBatch } from '../../../kit/metrics.ts'
import { labelOptions, POD, toBlocks, UNIT } from '../../prometheus/kit.ts'

/** The labels of one row, as `name=value` in order. */
function labelsOf(
  attributes: Attributes,
  options: LabelOptions,
  resource = UNIT as typeof POD | typeof UNIT,
) {
  const [block] = toBlocks(metricsBatch([{ resource, attributes, values: { n: 1 } }]), options)
  return block!.rowLabels(0).map(([name, value]) => `${name}=${value}`)
}

const swoll = labelOptions('swoll')
const otel = labelOptions('otel')
const s = suite('toRowLabels')

s('shows a syscall of a container with the names of the original', () => {
  const attributes = {
    'error.type': 'ENOENT',
    'syscall.name': 'openat',
    'syscall.class': 'FileSystem',
    'syscall.group': 'Files',
  }
  assert.equal(labelsOf(attributes, swoll, POD), [
    'namespace=kube-system',
    'pod=dns-1',
    'container=dns',
    'container_id=c0ffee',
    'pod_uid=uid-1',
    'syscall=sys_openat',
    'class=FileSystem',
    'group=Files',
    'err=ENOENT',
  ])
})
s('shows a syscall of the host with its unit, and success as OK', () => {
  assert.equal(labelsOf({ 'syscall.name': 'read', 'error.type': 'x' }, swoll), [
    'unit=ssh.service',
    'syscall=sys_read',
    'err=x',
  ])
  assert.equal(labelsOf({ 'syscall.name': 'read' }, swoll), [
    'unit=ssh.service',
    'syscall=sys_read',
    'err=OK',
  ])
})
s('shows attributes with names that all objects have as any others', () => {
  for (const options of [swoll, otel])
    assert.ok(labelsOf({ constructor: 'a' }, options).includes('constructor=a'))
})
s('falls back to the cgroup, and shows where a user’s own container is', () => {
  const cgroup = { id: 'x', attributes: { 'process.linux.cgroup': '/user.slice' } }
  assert.equal(labelsOf({}, swoll, cgroup as never), ['unit=/user.slice'])
  const inUnit = { id: 'y', attributes: { 'container.id': 'c1', 'systemd.unit': 'user@1000.service' } }
  assert.equal(labelsOf({}, swoll, inUnit as never), ['container_id=c1', 'unit=user@1000.service'])
})
s('shows outcome and ABI where they are not the normal ones', () => {
  const attributes = { 'syscall.name': 'syscall_0x3e7', 'syscall.abi': 'i386', 'syscall.outcome': 'killed' }
  assert.equal(labelsOf(attributes, swoll).slice(1), [
    'syscall=sys_syscall_0x3e7',
    'err=OK',
    'outcome=killed',
    'abi=i386',
  ])
})
s('gives folded rows no err, but leaves the err of other rows', () => {
  const rows = [
    { attributes: { 'otel.metric.overflow': true }, values: { n: 1 } },
    { attributes: { 'syscall.name': 'read' }, values: { n: 1 } },
    { attributes: { 'otel.metric.overflow': true, 'error.type': 'EIO' }, values: { n: 1 } },
  ]
  const [block] = toBlocks(metricsBatch(rows.map(row => ({ ...row, resource: UNIT }))))
  const own = [0, 1, 2].map(row =>
    block!
      .rowLabels(row)
      .slice(1)
      .map(label => label.join('=')),
  )
  assert.equal(own, [
    ['otel_metric_overflow=true'],
    ['syscall=sys_read', 'err=OK'],
    ['err=EIO', 'otel_metric_overflow=true'],
  ])
})
s('adds no err to metrics that are not of syscalls', () => {
  assert.equal(labelsOf({ state: 'idle' }, swoll), ['unit=ssh.service', 'state=idle'])
})
s('shows target, resource, scope and attributes with OpenTelemetry names', () => {
  const resource = {
    id: 'r',
    attributes: {
      'service.name': 'api',
      'service.namespace': 'shop',
      'service.instance.id': 'i1',
      'container.id': 'c',
    },
  }
  assert.equal(labelsOf({ 'error.type': 'EIO', 'syscall.name': 'read' }, otel, resource as never), [
    'job=shop/api',
    'instance=i1',
    'container_id=c',
    'otel_scope_name=swoll/receiver/ebpf',
    'otel_scope_version=0.0.0',
    'syscall_name=read',
    'error_type=EIO',
  ])
})
s('puts constant labels first and follows configured resource labels', () => {
  const options = labelOptions('swoll', {
    constLabels: { node: 'n1', none: '' },
    resourceLabels: { who: ['nope', 'systemd.unit'] },
  })
  assert.equal(labelsOf({}, options), ['node=n1', 'who=ssh.service'])
})
s('renames an attribute whose label is taken, as Prometheus does', () => {
  const options = labelOptions('swoll', { constLabels: { node: 'n1' } })
  assert.equal(labelsOf({ le: 1, node: 'x', unit: 'y', exported_unit: 'z' }, options), [
    'node=n1',
    'unit=ssh.service',
    'exported_unit=z;y',
    'exported_le=1',
    'exported_node=x',
  ])
})
s('joins the values of keys that become one label with a semicolon, in order of the keys', () => {
  assert.equal(labelsOf({ a_b: 'second', 'a.b': 'first' }, otel).at(-1), 'a_b=first;second')
  assert.equal(labelsOf({ 'a.b': 'alone' }, otel).at(-1), 'a_b=alone')
})
s('writes numbers, booleans and broken surrogates as text', () => {
  assert.equal(labelsOf({ a: 1.5, b: false, c: 'x\ud800' }, otel).slice(-3), [
    'a=1.5',
    'b=false',
    'c=x\ufffd',
  ])
})
s('leaves the scope out where it is not wanted', () => {
  assert.equal(labelsOf({ a: 1 }, labelOptions('otel', { withoutScope: true })), [
    'systemd_unit=ssh.service',
    'process_linux_cgroup=/system.slice/ssh.service',
    'a=1',
  ])
})
s('gives the attribute of a row another name where its resource has the label, whatever is beside it', () => {
  const options = labelOptions('otel', {
    resourceLabels: {},
    withoutScope: true,
    promoted: { included: ['*'], excluded: [] },
  })
  const rows = [
    { resource: { id: 'with', attributes: { zone: 'eu' } }, attributes: { zone: 'x' }, values: { n: 1 } },
    { resource: { id: 'without', attributes: { host: 'h' } }, attributes: { zone: 'y' }, values: { n: 1 } },
  ]
  const [block] = toBlocks(metricsBatch(rows), options)
  const shown = [0, 1].map(row => block!.rowLabels(row).map(label => label.join('=')))
  assert.equal(shown, [
    ['zone=eu', 'exported_zone=x'],
    ['host=h', 'zone=y'],
  ])
  const [alone] = toBlocks(metricsBatch([rows[1]!]), options)
  assert.equal(
    alone!.rowLabels(0).map(label => label.join('=')),
    shown[1],
  )
})
s('makes one group of columns that share their codes', () => {
  const batch = metricsBatch([{ attributes: { 'syscall.name': 'read' }, values: { n: 1 } }])
  const [name] = batch.tables[0]!.attributes
  const shared = { ...name!, key: 'syscall.class', values: ['IO'] }
  const table = { ...batch.tables[0]!, attributes: [name!, shared] }
  const [block] = toBlocks({ ...batch, tables: [table] })
  assert.equal(block!.groups[1]!.labels, [
    [
      ['syscall', 'sys_read'],
      ['class', 'IO'],
    ],
  ])
})
s.run()
