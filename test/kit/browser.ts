/** Chromium without a window, told what to do over its own protocol. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'

export interface Browser extends AsyncDisposable {
  /** Shows this address. */
  open(url: string): Promise<void>
  /** The value of an expression in the page; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>
  /** PNG of what is seen, in this colour scheme. */
  screenshot(scheme: 'light' | 'dark'): Promise<Buffer>
  /** Makes the window so wide, in CSS pixels. */
  resize(width: number): Promise<void>
  /** What the page complained of: errors of scripts, and what its policy forbade. */
  readonly complaints: readonly string[]
}

interface Reply {
  readonly id?: number
  readonly method?: string
  readonly params?: {
    readonly entry?: { readonly text: string }
    readonly exceptionDetails?: { readonly text: string }
  }
  // biome-ignore lint/suspicious/noExplicitAny: of another kind for each method
  readonly result?: any
}

export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'swoll-browser-'))
  const options = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
  ]
  const child = spawn('chromium', [...options, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stderr.on('data', chunk => {
      text += chunk
      const found = /DevTools listening on (ws:\/\/\S+)/.exec(text)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error(`chromium ended: ${text}`)))
  })
  const page = await attach(address)
  return {
    ...page,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function attach(address: string): Promise<Omit<Browser, keyof AsyncDisposable>> {
  const pages = (await (await fetch(`http://${new URL(address).host}/json`)).json()) as {
    type: string
    webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(pages.find(({ type }) => type === 'page')!.webSocketDebuggerUrl)
  await new Promise<void>(resolve => socket.once('open', resolve))
  const waiting = new Map<number, (result: Reply['result']) => void>()
  const complaints: string[] = []
  socket.on('message', data => {
    const { id, params, result } = JSON.parse(String(data)) as Reply
    if (id !== undefined) waiting.get(id)?.(result)
    const complaint = params?.entry?.text ?? params?.exceptionDetails?.text
    if (complaint !== undefined) complaints.push(complaint)
  })
  let last = 0
  const call = (method: string, params: object = {}) =>
    new Promise<Reply['result']>(resolve => {
      waiting.set(++last, resolve)
      socket.send(JSON.stringify({ id: last, method, params }))
    })
  for (const domain of ['Page', 'Runtime', 'Log']) await call(`${domain}.enable`)
  const evaluate = async (expression: string) =>
    (await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result.value
  return {
    complaints,
    evaluate,
    async open(url) {
      await call('Page.navigate', { url })
    },
    async resize(width) {
      const metrics = { width, height: 700, deviceScaleFactor: 1, mobile: true }
      await call('Emulation.setDeviceMetricsOverride', metrics)
    },
    async screenshot(scheme) {
      await call('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      })
      return Buffer.from((await call('Page.captureScreenshot')).data, 'base64')
    },
  }
}
