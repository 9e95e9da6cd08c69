/** Types the commands of a page in one shell, in order, as a reader would. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { blocksOf } from '../../kit/markdown.ts'
import { kubectl } from './kubernetes/kubectl.ts'
import { programPath } from './kubernetes/programs.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** Everything between ```sh and ``` of the page. */
export function commandsOf(path: string): string {
  return blocksOf({ path, text: readFileSync(join(ROOT, path), 'utf8') }, 'sh').join('\n')
}

/** A folder for PATH, below `folder`: the real kubectl with its plugin, and helm. */
export function makePrograms(folder: string): string {
  const path = join(folder, 'bin')
  mkdirSync(path)
  symlinkSync(kubectl.path(), join(path, 'kubectl'))
  symlinkSync(programPath('helm'), join(path, 'helm'))
  symlinkSync(join(ROOT, 'bin/kubectl-swoll'), join(path, 'kubectl-swoll'))
  return path
}

interface Typing {
  /** The home of who types, with his PATH's `bin`. */
  readonly folder: string
  readonly kubeconfig: string
  /** `errexit` and others, as `set` names them. */
  readonly options: string
  readonly env?: Readonly<Record<string, string>>
}

/** What the commands print, when all have succeeded within five minutes. */
export async function type(commands: string, { folder, kubeconfig, options, env }: Typing): Promise<string> {
  const script = `set ${options}; trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n${commands}`
  const shell = spawn('bash', ['-c', script], {
    cwd: ROOT,
    env: { HOME: folder, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, KUBECONFIG: kubeconfig, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const [status] = await once(shell, 'close', { signal: AbortSignal.timeout(300_000) }).catch(cause => {
    shell.kill('SIGTERM')
    throw new Error(output, { cause })
  })
  assert.is(status, 0, output)
  return output
}
