import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toCommandFirst } from '../../cli/collector-style.ts'

const s = suite('toCommandFirst')
for (const [given, want] of [
  ['--config a.yaml', 'collector --config a.yaml'],
  ['--config=a.yaml --set=a.b=c', 'collector --config=a.yaml --set=a.b=c'],
  ['--watch-config --config a', 'collector --watch-config --config a'],
  ['--config a --watch-config', 'collector --config a --watch-config'],
  ['--set a.b=c -c a.yaml --feature-gates x', 'collector --set a.b=c -c a.yaml --feature-gates x'],
  ['--config a.yaml validate', 'validate --config a.yaml'],
  ['--config=a --config=b print-config --format json', 'print-config --config=a --config=b --format json'],
  ['--config validate', 'collector --config validate'],
  ['validate --config a.yaml', 'validate --config a.yaml'],
  ['--version', '--version'],
  ['', ''],
] as const)
  s(`${given} is ${want}`, () => {
    const words = given.split(' ').filter(word => word !== '')
    assert.is(toCommandFirst(words).join(' '), want)
  })
s.run()
