/**
 * A fresh Debian 12 with Node and npm as nodejs.org has them: root with a narrow umask, mounts that cannot be made private, a locale that
 * is not there, another time zone, temporary files that nobody else may enter, and no HOME.
 */
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
s('root, elsewhere than at home, with nothing as usual: the agent serves, the tests pass', async () => {
  const root: Person = { user: 'root', checkout: '/opt/swoll', umask: '077', confined: 'chroot' }
  await machine.clone(root)
  await starts(machine, root)
  const env = { LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kolkata', TMPDIR: '/root/tmp', HOME: undefined }
  await machine.run(root, ['mkdir', env.TMPDIR])
  await testsPass(machine, { ...root, env })
})
s.run()
