/** `swoll seccomp` on files, as people and pipelines run it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli, Scratch } from '../kit/cli.ts'
import { call, subject, toDocument } from '../seccomp/subjects.ts'

const PROFILE = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }] }

function files() {
  const scratch = new Scratch()
  const write = (name: string, document: object) => scratch.write(name, JSON.stringify(document))
  const old = subject([call('read'), call('brk', { denied: { EPERM: 2 } })], { revision: 'one' })
  const now = subject([call('read'), call('io_uring_enter')], {
    revision: 'two',
    gaps: [{ reason: 'lost', count: 3 }],
  })
  return {
    old: write('old.json', toDocument([old])),
    now: write('now.json', toDocument([now])),
    profile: write('profile.json', PROFILE),
    [Symbol.dispose]: () => scratch[Symbol.dispose](),
  }
}
const seccomp = (...args: string[]) => runCli(['seccomp', ...args])

const s = suite('swoll seccomp')
s('profile: merges files, says what may be missing, and what io_uring allows', () => {
  using f = files()
  const { status, stdout, stderr } = seccomp('profile', f.old, f.now, '--no-runtime', '--errno', 'ENOSYS')
  assert.is(status, 0, stderr)
  const { defaultErrnoRet, syscalls } = JSON.parse(stdout)
  assert.equal([defaultErrnoRet, syscalls[0].names], [38, ['brk', 'io_uring_enter', 'read']])
  assert.match(stderr, 'may lack calls: the kernel side lost calls on this node (3)')
  assert.match(stderr, 'allows what io_uring can do instead of calls: io_uring_enter')
  assert.is(seccomp('profile', f.now, '--require-complete').status, 1)
  assert.is(seccomp('profile', f.old, '--require-complete').status, 0)
})
s('check: exits with 1 if something seen would be denied, with 0 if not', () => {
  using f = files()
  const { status, stdout } = seccomp('check', f.profile, f.now, '-o', 'json')
  assert.equal([status, JSON.parse(stdout).denied[0].name], [1, 'io_uring_enter'])
  assert.match(
    seccomp('check', f.profile, f.old).stdout,
    /^denied +brk +x86_64 +1 +shop\/deployment\/web\/app \(one\)$/m,
  )
})
s('diff: of two files, and of two revisions', () => {
  using f = files()
  const { status, stdout } = seccomp('diff', f.old, f.now, '-o', 'json')
  const found = (text: string) =>
    JSON.parse(text).map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)
  assert.equal([status, found(stdout)], [0, ['gone brk', 'new io_uring_enter']])
  assert.is(seccomp('diff', f.old, f.now, '--exit-code').status, 1)
  const same = seccomp('diff', f.old, f.old, '--exit-code')
  assert.is(same.status, 0, same.stderr)
  const revisions = seccomp('diff', f.now, '--revisions', 'one,two')
  assert.equal([revisions.status, revisions.stdout], [1, ''])
  assert.match(revisions.stderr, 'must have calls of what was chosen of revision one, got none')
})
s('denied: a table, and JSON', () => {
  using f = files()
  assert.match(seccomp('denied', f.old).stdout, /^shop +deployment\/web +app +a +brk +EPERM +2$/m)
  assert.is(JSON.parse(seccomp('denied', f.now, '-o', 'json').stdout).length, 0)
})
s('reads standard input', () => {
  using f = files()
  const { stdout, status } = runCli(['seccomp', 'denied', '-', '-o', 'json'], {
    wrapper: ['sh', '-c', `exec "$@" <${f.old}`, 'sh'],
  })
  assert.equal([status, JSON.parse(stdout).length], [0, 1])
})
const wrong: readonly [string, readonly string[], RegExp][] = [
  ['a file and an agent', ['profile', 'a.json', '--agent', 'x'], /observation: must not be given together/],
  ['a duration with agents', ['denied', '--agent', 'x', '--for', '1s'], /--for: must not/],
  ['two ways to agents', ['denied', '--agent', 'x', '--cluster'], /--cluster: must not/],
  ['an unknown errno', ['profile', 'x', '--errno', 'EWHAT'], /--errno: must be an errno/],
  ['an unknown format', ['profile', 'x', '-o', 'yaml'], /--output: must be one of oci, kubernetes/],
  ['one file to compare', ['diff', 'x'], /must be two files, or use --revisions, got 1/],
  ['one revision', ['diff', 'x', '--revisions', 'a'], /--revisions: must be two/],
]
for (const [name, args, message] of wrong)
  s(`refuses ${name}, with exit code 2`, () => {
    const { status, stderr, stdout } = seccomp(...args)
    assert.equal([status, stdout], [2, ''], stderr)
    assert.match(stderr, message)
  })
s('says which file is none, with exit code 1', () => {
  using f = files()
  for (const args of [
    ['denied', '/nonexistent'],
    ['denied', f.profile],
    ['check', '/etc/passwd', f.old],
  ]) {
    const { status, stderr } = seccomp(...args)
    assert.is(status, 1)
    assert.match(stderr, `swoll: ${args[1]}: must be`)
  }
})
s('shows names of containers as text', () => {
  using scratch = new Scratch()
  const evil = subject([call('read', { denied: { EPERM: 1 } })], { container: '\u001b[31m<b>\n' })
  const { stdout, stderr } = seccomp('denied', scratch.write('e.json', JSON.stringify(toDocument([evil]))))
  for (const text of ['\u001b', '<b>\n']) assert.not.ok((stdout + stderr).includes(text), stdout)
})
s.run()
