import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { negotiateFormat } from '../../../exporters/prometheus/negotiate.ts'

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

const format = suite('negotiateFormat')
for (const [name, accept, want] of [
  ['nothing', undefined, 'text'],
  ['an empty header', '', 'text'],
  ['anything', '*/*', 'text'],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
  [
    'Prometheus 2.42',
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'Prometheus 2.42 with native histograms',
    `${PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
    'protobuf',
  ],
  [
    'Prometheus 3',
    `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
    'openmetrics',
  ],
  ['text before OpenMetrics', 'application/openmetrics-text;q=0.2, text/plain;q=0.9', 'text'],
  ['the first of two alike', `text/plain, ${PROTOBUF}`, 'text'],
  ['an old OpenMetrics only', 'application/openmetrics-text;version=0.0.1', 'text'],
  ['OpenMetrics of any version', 'Application/OpenMetrics-Text', 'openmetrics'],
  ['quoted parameters', 'application/openmetrics-text; version="1.0.0"', 'openmetrics'],
  [
    'protobuf as text',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text',
    'text',
  ],
  ['protobuf of something else', 'application/vnd.google.protobuf;proto=other;encoding=delimited', 'text'],
  ['a quality of nought', `${PROTOBUF};q=0, text/*;q=0.1`, 'text'],
  ['a quality that is none', `${PROTOBUF};q=high, application/openmetrics-text;q=0.1`, 'openmetrics'],
  ['nothing that there is', 'application/json', 'text'],
] as const)
  format(`gives ${want} to ${name}`, () => assert.is(negotiateFormat(accept), want))
format('passes over OpenMetrics where it is not offered', () => {
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
  assert.is(negotiateFormat(accept, true), 'openmetrics')
  assert.is(negotiateFormat(accept, false), 'text')
  assert.is(negotiateFormat('application/openmetrics-text', false), 'text')
})
format.run()
