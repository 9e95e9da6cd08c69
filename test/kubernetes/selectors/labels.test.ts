import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  decodeLabelSelector,
  hasLabels,
  type LabelRequirement,
  type Labels,
} from '../../../kubernetes/selectors/labels.ts'

const one = (key: string, operator: LabelRequirement['operator'], ...values: string[]) => [
  { key, operator, values },
]
const decode = suite('decodeLabelSelector')
const rows: readonly (readonly [string, LabelRequirement[]])[] = [
  ['', []],
  ['  ', []],
  ['app=web', one('app', 'in', 'web')],
  ['app==web', one('app', 'in', 'web')],
  [' app = web ', one('app', 'in', 'web')],
  ['app!=web', one('app', 'notin', 'web')],
  ['app=', one('app', 'in', '')],
  ['app!=', one('app', 'notin', '')],
  ['app', one('app', 'exists')],
  ['!app', one('app', 'absent')],
  ['! app', one('app', 'absent')],
  ['app in (web)', one('app', 'in', 'web')],
  ['app in(web, db ,)', one('app', 'in', 'web', 'db', '')],
  ['app notin (web,db)', one('app', 'notin', 'web', 'db')],
  ['in in (in)', one('in', 'in', 'in')],
  ['generation>2', one('generation', 'above', '2')],
  ['generation < 2', one('generation', 'below', '2')],
  ['app.kubernetes.io/name=web', one('app.kubernetes.io/name', 'in', 'web')],
  ['app=web,!canary', [...one('app', 'in', 'web'), ...one('canary', 'absent')]],
  ['app in (a,b),tier', [...one('app', 'in', 'a', 'b'), ...one('tier', 'exists')]],
]
for (const [text, want] of rows)
  decode(JSON.stringify(text), () => {
    assert.equal(decodeLabelSelector(text), want)
  })
for (const [text, message] of [
  ['app web', 'must have an operator (=, ==, !=, in, notin, <, >) after app, got "web"'],
  ['app=web db', 'must have "," between requirements, got "db"'],
  ['app=web,', 'must have the key of a label, got the end'],
  [',app', 'must have keys such as "app" or "app.kubernetes.io/name", got ","'],
  ['app in web', 'must have "(" before the values, got "web"'],
  ['app in (web', 'must have ")" after the values, got the end'],
  ['app=-web', /^must have values of up to 63 letters.*got "-web"$/],
  [`app=${'a'.repeat(64)}`, /^must have values/],
  ['a/b/c=d', 'must have keys such as "app" or "app.kubernetes.io/name", got "a/b/c"'],
  ['/b=d', 'must have keys such as "app" or "app.kubernetes.io/name", got "/b"'],
  ['Big/b=d', 'must have keys such as "app" or "app.kubernetes.io/name", got "Big/b"'],
  ['n>two', 'must compare n with an integer, got "two"'],
] as const)
  decode(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => decodeLabelSelector(text),
      (error: Error) =>
        typeof message === 'string' ? error.message === message : message.test(error.message),
    )
  })
decode.run()

const match = suite('hasLabels')
const web: Labels = { app: 'web', n: '10', empty: '' }
for (const [selector, labels, want] of [
  ['', {}, true],
  ['app=web', web, true],
  ['app=db', web, false],
  ['app=web', {}, false],
  ['app!=db', web, true],
  ['app!=web', web, false],
  ['app!=web', {}, true],
  ['app in (db,web)', web, true],
  ['app in (db)', web, false],
  ['app notin (db)', web, true],
  ['app notin (web)', web, false],
  ['app notin (web)', {}, true],
  ['app', web, true],
  ['empty', web, true],
  ['empty=', web, true],
  ['toString', web, false],
  ['!app', web, false],
  ['!zone', web, true],
  ['n>9', web, true],
  ['n>10', web, false],
  ['n<11', web, true],
  ['app>1', web, false],
  ['zone<1', web, false],
  ['app=web,!zone,n', web, true],
  ['app=web,zone', web, false],
] as const)
  match(`${selector} ${want ? 'selects' : 'does not select'} ${JSON.stringify(labels)}`, () => {
    assert.is(hasLabels(labels, decodeLabelSelector(selector)), want)
  })
match.run()
