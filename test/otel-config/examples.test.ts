/** The example pipelines pass validate, without a warning. */
import { globSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { validate } from '../kit/validate.ts'

const examples = globSync('otel-config/examples/*.yaml').sort()

const s = suite('each example')
s('there are some', () => assert.ok(examples.length > 1))
for (const path of examples)
  s(`${path} passes validate without a warning`, async () => {
    assert.equal((await validate([path])).warnings, [])
  })
s.run()
