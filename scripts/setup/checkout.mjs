/** Checks whether set-up may write into the checkout: node_modules/, the builds and its own notes. */
import { constants, existsSync } from 'node:fs'
import { SetupError } from './error.mjs'
import { isAccessible } from './exec.mjs'

const WRITTEN = [
  '.',
  '.cache',
  'node_modules',
  'bpf',
  'bpf/build',
  'native',
  'native/build',
  'web',
  'web/build',
]

/** Returns the reasons why set-up cannot write there. */
export function checkoutProblems() {
  const problem = WRITTEN.filter(path => existsSync(path)).find(path => !isAccessible(path, constants.W_OK))
  if (problem === undefined) return []
  return [
    new SetupError(
      `the checkout must be writable, and ${problem === '.' ? process.cwd() : problem} is not: it is another user's, or on a read-only file system`,
      'run this as the owner of the checkout, or in a clone of your own',
    ),
  ]
}
