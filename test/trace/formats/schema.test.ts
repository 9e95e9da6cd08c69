/** docs/trace-event.schema.json is what the program prints. UPDATE_GOLDEN=1 rewrites it, and still fails. */
import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { traceEvent } from './json-schema.ts'

const PATH = 'docs/trace-event.schema.json'

const s = suite('the schema of -o json')
s('is the one in the documents', () => {
  const schema = z.toJSONSchema(traceEvent, { unrepresentable: 'any' })
  const titled = { ...schema, title: 'A line of swoll trace -o json, version 1' }
  if (process.env.UPDATE_GOLDEN === '1') {
    writeFileSync(PATH, JSON.stringify(titled))
    throw new Error(`wrote ${PATH}; format it with npm run format, look at the difference and run again`)
  }
  assert.equal(JSON.parse(readFileSync(PATH, 'utf8')), titled)
})
s.run()
