/** docs/trace-event.schema.json is what the program prints. UPDATE_GOLDEN=1 rewrites it, and still fails. */
import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { traceEvent } from '../../../cli/trace/json-schema.ts'

const PATH = 'docs/trace-event.schema.json'

const s = suite('the schema of -o json')
s('is the one in the documents', () => {
  const schema = z.toJSONSchema(traceEvent, { unrepresentable: 'any' })
  const text = `${JSON.stringify({ ...schema, title: 'A line of swoll trace -o json, version 1' }, undefined, 2)}\n`
  if (process.env.UPDATE_GOLDEN === '1') {
    writeFileSync(PATH, text)
    throw new Error(`wrote ${PATH}; look at the difference and run again`)
  }
  assert.is(readFileSync(PATH, 'utf8'), text)
})
s.run()
