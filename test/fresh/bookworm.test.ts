/** A fresh Debian 12 with Node and npm as nodejs.org has them: root, without and with what containers take away. */
import { suite } from 'uvu'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { starts, testsPass } from './kit/commands.ts'
import { lacksDebian } from './kit/debian.ts'
import { FreshMachine, type Person } from './kit/machine.ts'
import { lacksPresetPorts } from './kit/ports.ts'

requireAll(lacksRoot(), lacksBpf(), await lacksPresetPorts(), lacksDebian('bookworm'))

const machine = new FreshMachine('bookworm')
process.once('exit', () => machine[Symbol.dispose]())

const s = suite('a fresh Debian 12')
s('root with a narrow umask, in a bare chroot: the agent serves, the tests pass', async () => {
  const root: Person = { user: 'root', checkout: '/root/swoll', umask: '077', confined: 'chroot' }
  await machine.clone(root)
  await starts(machine, root)
  await testsPass(machine, root)
})
s(
  'root in a container, without HOME, a locale that is not there, temporary files elsewhere: the tests pass',
  async () => {
    const env = { LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kolkata', TMPDIR: '/root/tmp', HOME: undefined }
    const root: Person = { user: 'root', checkout: '/opt/swoll', confined: 'container', env }
    await machine.clone({ ...root, env: {} })
    await machine.run(root, ['mkdir', '/root/tmp'])
    await testsPass(machine, root)
  },
)
s.run()
