/** A fresh Debian 13: the first steps of the README by an ordinary user, and by root. */
import { suite } from 'uvu'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { fix, refuses, starts, testsPass } from './kit/commands.ts'
import { lacksDebian } from './kit/debian.ts'
import { FreshMachine, type Person } from './kit/machine.ts'
import { lacksPresetPorts } from './kit/ports.ts'

requireAll(lacksRoot(), lacksBpf(), await lacksPresetPorts(), lacksDebian('trixie'))

const machine = new FreshMachine('trixie')
process.once('exit', () => machine[Symbol.dispose]())

const s = suite('a fresh Debian 13')
s('an ordinary user: is told at once what is missing and how to mend it; then the tests pass', async () => {
  const checkout = '/home/ann/my work/swoll'
  const ann: Person = { user: 'ann', checkout, umask: '077', confined: 'container' }
  await machine.clone(ann)
  const [asRoot] = await refuses(machine, ann, ['npm', 'start'])
  if (asRoot !== 'sudo env "PATH=$PATH" npm start') throw new Error(`got ${asRoot}`)
  const [install] = await refuses(machine, ann, ['npm', 'test'])
  await fix(machine, install!)
  await testsPass(machine, ann)
})
s('root in its home, which is closed to others: the agent serves, the tests pass', async () => {
  const root: Person = { user: 'root', checkout: '/root/swoll', confined: 'pivot' }
  await machine.clone(root)
  await starts(machine, root)
  await testsPass(machine, root)
})
s.run()
