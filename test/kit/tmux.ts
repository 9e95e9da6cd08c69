/** A terminal of a chosen size, in which a command runs, and whose screen can be read: tmux. */
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

const PATIENCE_MS = 20_000
const LOOK_MS = 50

/** Disposing of it ends the command. */
export class Terminal implements Disposable {
  readonly #socket = `swoll-test-${process.pid}-${performance.now()}`

  /** `command` is of the shell, which goes on when it has ended. */
  constructor(command: string, { columns, rows }: { readonly columns: number; readonly rows: number }) {
    this.#run(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      `${columns}`,
      '-y',
      `${rows}`,
      'env PS1=ready: sh -i',
    )
    this.#run('send-keys', '-l', `clear; ${command}`)
    this.keys('Enter')
  }

  /** Keys as tmux names them: `Down`, `C-c`, `a`. */
  keys(...keys: readonly string[]): void {
    for (const key of keys) this.#run('send-keys', key)
  }

  resize(columns: number, rows: number): void {
    this.#run('resize-window', '-x', `${columns}`, '-y', `${rows}`)
  }

  /** The screen, line by line. `hasStyles`: with its escape sequences. */
  screen(hasStyles = false): string {
    return this.#run('capture-pane', '-p', ...(hasStyles ? ['-e'] : []))
  }

  /** The screen as soon as it fits. Throws with the last one. */
  async shows(what: RegExp): Promise<string> {
    const endMs = performance.now() + PATIENCE_MS
    for (;;) {
      const screen = this.screen()
      if (what.test(screen)) return screen
      if (performance.now() > endMs) throw new Error(`the screen must show ${what}, got\n${screen}`)
      await delay(LOOK_MS)
    }
  }

  [Symbol.dispose](): void {
    this.#run('kill-server')
  }

  #run(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' })
  }
}
