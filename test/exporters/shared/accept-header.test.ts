import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { acceptsGzip } from '../../../exporters/shared/accept-header.ts'

const gzip = suite('acceptsGzip')
for (const [header, want] of [
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['GZIP;q=0.5, identity', true],
  ['deflate, br', false],
  ['gzip;q=0', false],
  ['*', true],
  ['*, gzip;q=0', false],
  ['identity', false],
] as const)
  gzip(`says ${want} to "${header}"`, () => assert.is(acceptsGzip(header), want))
gzip.run()
