import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { settleSbom } from '../../../scripts/release/sbom.ts'

const DATE = '2026-01-01T00:00:00.000Z'
const cyclonedx = (random: string, timestamp: string, folder = 'swoll') => ({
  serialNumber: `urn:uuid:${random}`,
  metadata: { timestamp, component: { name: folder } },
  components: [{ name: 'zod' }],
})
const spdx = (random: string, created: string) => ({
  documentNamespace: `http://spdx.org/spdxdocs/swoll-0.1.0-${random}`,
  creationInfo: { created },
})
const [A, B] = ['0f031a82-2279-448d-aa5a-a3d28e66189e', 'f12a3f1e-ea63-4f57-bdd2-c230c4b00ae8']
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}'

const s = suite('settleSbom')
s('makes the same of what npm makes at different times, in different folders', () => {
  const first = settleSbom(cyclonedx(A, '1', 'clone'), 'swoll', DATE)
  assert.equal(settleSbom(cyclonedx(B, '2'), 'swoll', DATE), first)
  assert.equal(first.metadata, { timestamp: DATE, component: { name: 'swoll' } })
  assert.match(first.serialNumber!, new RegExp(`^urn:uuid:${UUID}$`))
  assert.equal(settleSbom(spdx(A, '1'), 'swoll', DATE), settleSbom(spdx(B, '2'), 'swoll', DATE))
})
s('keeps what comes before the random part of a namespace', () => {
  const { documentNamespace } = settleSbom(spdx(A, '1'), 'swoll', DATE)
  assert.match(documentNamespace!, new RegExp(`^http://spdx\\.org/spdxdocs/swoll-0\\.1\\.0-${UUID}$`))
})
s('gives different contents different names', () => {
  const other = { ...cyclonedx(A, '1'), components: [{ name: 'yaml' }] }
  const names = [cyclonedx(A, '1'), other].map(sbom => settleSbom(sbom, 'swoll', DATE).serialNumber)
  assert.is.not(names[0], names[1])
})
s.run()
