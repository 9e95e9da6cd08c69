import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type CallFailure,
  STATUS_NAMES,
  statusLabel,
  statusName,
  toExportError,
} from '../../../exporters/otlp_grpc/status.ts'
import { encodeRetryStatus } from '../../kit/otlp.ts'

const failure = (name: string, details?: Uint8Array): CallFailure => ({
  code: STATUS_NAMES.indexOf(name as (typeof STATUS_NAMES)[number]),
  details: 'because',
  metadata: { get: key => (details && key === 'grpc-status-details-bin' ? [Buffer.from(details)] : []) },
})

const names = suite('statusName')
names('gives the name of google.rpc.Code, and the number of a code it does not have', () => {
  assert.equal([0, 4, 8, 14, 16, 99].map(statusName), [
    'OK',
    'DEADLINE_EXCEEDED',
    'RESOURCE_EXHAUSTED',
    'UNAVAILABLE',
    'UNAUTHENTICATED',
    'CODE_99',
  ])
})
names.run()

const labels = suite('statusLabel')
labels('has no value of its own for a code that gRPC does not have', () => {
  assert.equal([0, 16, 17, 99, -1, 2 ** 40, Number.NaN].map(statusLabel), [
    'OK',
    'UNAUTHENTICATED',
    ...new Array(5).fill('UNKNOWN'),
  ])
})
labels.run()

const errors = suite('toExportError')
/** The table of the OTLP specification: retryable without, and with RetryInfo. */
const table: readonly (readonly [name: string, without: boolean, withInfo: boolean])[] = [
  ['CANCELLED', true, true],
  ['UNKNOWN', false, false],
  ['INVALID_ARGUMENT', false, false],
  ['DEADLINE_EXCEEDED', true, true],
  ['NOT_FOUND', false, false],
  ['ALREADY_EXISTS', false, false],
  ['PERMISSION_DENIED', false, false],
  ['RESOURCE_EXHAUSTED', false, true],
  ['FAILED_PRECONDITION', false, false],
  ['ABORTED', true, true],
  ['OUT_OF_RANGE', true, true],
  ['UNIMPLEMENTED', false, false],
  ['INTERNAL', false, false],
  ['UNAVAILABLE', true, true],
  ['DATA_LOSS', true, true],
  ['UNAUTHENTICATED', false, false],
]
for (const [name, without, withInfo] of table)
  errors(
    `${name} is ${without ? '' : 'not '}retryable, with RetryInfo ${withInfo ? '' : 'not '}retryable`,
    () => {
      for (const [info, retryable] of [
        [undefined, without],
        [encodeRetryStatus(7), withInfo],
      ] as const) {
        const error = toExportError(failure(name, info), 'host:1')
        assert.is(error.retryable, retryable)
        assert.is(error.code, retryable ? 'PIPE_DOWNSTREAM_UNAVAILABLE' : 'PIPE_REJECTED')
        assert.is(error.message, `host:1: must accept the request, got ${name}: because`)
      }
    },
  )

for (const [seconds, ms] of [
  [0, 0],
  [0.25, 250],
  [3, 3_000],
  [86_400.000001, 86_400_000.001],
] as const)
  errors(`keeps a RetryInfo delay of ${seconds} s`, () => {
    assert.is(toExportError(failure('UNAVAILABLE', encodeRetryStatus(seconds)), 'x').retryAfterMs, ms)
  })

for (const [seconds, ms] of [
  [-5, 0],
  [7 * 86_400, 604_800_000],
  [7 * 86_400 + 1, 604_800_000],
  [2 ** 62, 604_800_000],
] as const)
  errors(`makes ${ms} ms of a RetryInfo delay of ${seconds} s`, () => {
    assert.is(toExportError(failure('UNAVAILABLE', encodeRetryStatus(seconds)), 'x').retryAfterMs, ms)
  })

errors('keeps the start of long details', () => {
  const { message } = toExportError({ code: 3, details: 'x'.repeat(100_000) }, 'host:1')
  assert.is(
    message,
    `host:1: must accept the request, got INVALID_ARGUMENT: ${'x'.repeat(500)}… (100000 characters)`,
  )
})

errors('drops the empty note that grpc-js ends its details with', () => {
  const details =
    'No connection established. Last error: Error: connect ECONNREFUSED ::1:1. Resolution note: '
  assert.match(toExportError({ code: 14, details }, 'x').message, /ECONNREFUSED ::1:1$/)
})

const unreadable: readonly (readonly [what: string, details: Uint8Array])[] = [
  ['no bytes', new Uint8Array()],
  ['details cut short', encodeRetryStatus(3).subarray(0, -4)],
  ['an endless number', new Uint8Array(20).fill(0xff)],
  ['other details', encodeRetryStatus(3, 'type.googleapis.com/google.rpc.DebugInfo')],
]
for (const [what, details] of unreadable)
  errors(`finds no RetryInfo in ${what}`, () => {
    const error = toExportError(failure('RESOURCE_EXHAUSTED', details), 'x')
    assert.equal([error.retryable, error.retryAfterMs], [false, undefined])
  })
errors.run()
