import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Shipment } from '../../../exporters/shared/shipment.ts'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import { toPoints } from '../../kit/metrics.ts'
import { decodeOtlp, toLines, toOtlpPoints } from '../../kit/otlp.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'

const limits = { items: 500, bytes: 2 ** 20 }
const data = syscallBatch(2_000)
const expected = toLines(toPoints(data))

async function drain(shipment: Shipment, first: Uint8Array[] = []): Promise<string[]> {
  for await (const { bytes, items } of shipment.requests()) {
    first.push(bytes)
    shipment.settle(items)
  }
  return toLines(first.flatMap(bytes => toOtlpPoints(decodeOtlp(bytes))))
}

const shipments = suite('Shipment')
shipments('becomes requests with every point', async () => {
  const shipment = new Shipment('metrics', data, encodeRequests('metrics', data, limits))
  assert.is(shipment.items, 6_000)
  assert.equal(await drain(shipment), expected)
  assert.equal([shipment.items, shipment.bytes], [0, 0])
})
shipments('becomes the same requests, and less memory, after a rest', async () => {
  const shipment = new Shipment('metrics', data, encodeRequests('metrics', data, limits))
  const before = shipment.bytes
  shipment.rest()
  shipment.rest()
  assert.equal(await drain(shipment), expected)
  const rested = new Shipment('metrics', data, encodeRequests('metrics', data, limits))
  await rested.rest()
  assert.ok(rested.bytes < before / 2, `${before} bytes of columns, ${rested.bytes} compressed`)
})
shipments('can rest when some of it has gone', async () => {
  const shipment = new Shipment('metrics', data, encodeRequests('metrics', data, limits))
  const gone: Uint8Array[] = []
  for await (const { bytes, items } of shipment.requests()) {
    gone.push(bytes)
    shipment.settle(items)
    if (gone.length === 3) break
  }
  shipment.rest()
  assert.equal(await drain(shipment, gone), expected)
})
shipments('loses nothing when it begins to rest while a request is being taken', async () => {
  const total = [...encodeRequests('metrics', data, limits)].length
  for (const taken of [0, 1, total - 1]) {
    const shipment = new Shipment('metrics', data, encodeRequests('metrics', data, limits))
    const requests = shipment.requests()
    const gone: Uint8Array[] = []
    for (let n = 0; n <= taken; n++) {
      const next = requests.next()
      if (n === taken) shipment.rest()
      gone.push((await next).value!.bytes)
    }
    for await (const { bytes } of requests) gone.push(bytes)
    assert.equal(toLines(gone.flatMap(bytes => toOtlpPoints(decodeOtlp(bytes)))), expected, `${taken}`)
  }
})
shipments.run()
