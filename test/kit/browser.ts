/** Chromium without a window, told what to do over its own protocol. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'

export interface Browser extends AsyncDisposable {
  /** Shows this address; a new document is waited for until it is loaded. */
  open(url: string): Promise<void>
  /** Loads the document anew, and waits until it is loaded. */
  reload(): Promise<void>
  /** The value of an expression in the page; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>
  /** PNG of what is seen, in this colour scheme. */
  screenshot(scheme: 'light' | 'dark'): Promise<Buffer>
  /** Makes the window so wide, in CSS pixels. */
  resize(width: number, height?: number): Promise<void>
  /** Runs in each page before anything of its own. */
  prepare(script: string): Promise<void>
  /** Presses and lets go of a key, by its name: `Tab`, `Enter`, ` `. */
  press(key: string, modifiers?: 'shift'): Promise<void>
  /** PNG of all of the page, also of what must be scrolled to. `print`: as on paper. */
  picture(look: { readonly scheme: 'light' | 'dark'; readonly print?: boolean }): Promise<Buffer>
  /** Bytes of objects that are reachable. */
  heapBytes(): Promise<number>
  /** What the page complained of: errors of scripts, and what its policy forbade. */
  readonly complaints: readonly string[]
  /** The addresses that pages asked for. */
  readonly requests: readonly string[]
}

interface Reply {
  readonly id?: number
  readonly method?: string
  readonly params?: {
    readonly entry?: { readonly text: string }
    readonly exceptionDetails?: {
      readonly text: string
      readonly exception?: { readonly description?: string }
    }
    readonly request?: { readonly url: string }
    readonly type?: string
    readonly args?: readonly { readonly value?: unknown; readonly description?: string }[]
  }
  // biome-ignore lint/suspicious/noExplicitAny: of another kind for each method
  readonly result?: any
  readonly error?: { readonly message: string }
}

/** Of one command, on a busy machine too. */
const COMMAND_LIMIT_MS = 60_000

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
  const complaints: string[] = []
  const requests: string[] = []
  let loads = 0
  const call = talk(socket, ({ method, params }) => {
    if (method === 'Network.requestWillBeSent') requests.push(params!.request!.url)
    if (method === 'Page.loadEventFired') loads++
    const complaint = complaintOf(params)
    if (complaint !== undefined) complaints.push(complaint)
  })
  /** `go`, and if it brings a new document, until that one is loaded. */
  const load = async (go: () => Promise<Reply['result']>, brings: (result: Reply['result']) => boolean) => {
    const before = loads
    if (brings(await go()))
      await within(
        'Page.loadEventFired',
        until(socket, () => loads > before),
      )
  }
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await call(`${domain}.enable`)
  const evaluate = async (expression: string) =>
    (await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result.value
  return {
    complaints,
    requests,
    evaluate,
    async prepare(source) {
      await call('Page.addScriptToEvaluateOnNewDocument', { source })
    },
    press: (key, modifiers) => press(call, key, modifiers === 'shift' ? 8 : 0),
    picture: look => takePicture(call, look),
    async heapBytes() {
      await call('HeapProfiler.collectGarbage')
      return (await call('Runtime.getHeapUsage')).usedSize
    },
    // An address that differs by its fragment alone has no loader: the document stays.
    open: url =>
      load(
        () => call('Page.navigate', { url }),
        ({ loaderId }) => loaderId !== undefined,
      ),
    reload: () =>
      load(
        () => call('Page.reload'),
        () => true,
      ),
    async resize(width, height = 700) {
      const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 720 }
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

type CallBrowser = (method: string, params?: object) => Promise<Reply['result']>

/** Sends commands and gives their results, each within the limit; `heard` gets the events. */
function talk(socket: WebSocket, heard: (event: Reply) => void): CallBrowser {
  const waiting = new Map<number, PromiseWithResolvers<Reply['result']>>()
  socket.on('message', data => {
    const reply = JSON.parse(String(data)) as Reply
    if (reply.id === undefined) return heard(reply)
    const { resolve, reject } = waiting.get(reply.id)!
    waiting.delete(reply.id)
    if (reply.error) reject(new Error(reply.error.message))
    else resolve(reply.result)
  })
  let last = 0
  return (method, params = {}) => {
    const reply = Promise.withResolvers<Reply['result']>()
    waiting.set(++last, reply)
    socket.send(JSON.stringify({ id: last, method, params }))
    return within(`${method} ${JSON.stringify(params).slice(0, 200)}`, reply.promise)
  }
}

/** `work`, or an error that names it once the limit has passed. */
async function within<T>(name: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`the browser did not answer within ${COMMAND_LIMIT_MS / 1000} s: ${name}`)),
    COMMAND_LIMIT_MS,
  )
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves when it is so, looking after each message. */
async function until(socket: WebSocket, isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => socket.once('message', resolve))
}

/** An error of a script, of the console, or of the browser: what a policy forbade, what could not be loaded. */
function complaintOf(params: Reply['params']): string | undefined {
  const { entry, exceptionDetails: thrown, type, args = [] } = params ?? {}
  if (thrown) return thrown.exception?.description ?? thrown.text
  if (args.length > 0 && (type === 'error' || type === 'warning'))
    return args.map(({ value, description }) => String(value ?? description)).join(' ')
  return entry?.text
}

async function press(call: CallBrowser, key: string, modifiers: number): Promise<void> {
  const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined
  const code = { Tab: 9, Enter: 13, ' ': 32, ArrowDown: 40, ArrowRight: 39 }[key]
  const event = { key, modifiers, windowsVirtualKeyCode: code ?? key.charCodeAt(0) }
  await call('Input.dispatchKeyEvent', { type: 'keyDown', ...event, ...(text === undefined ? {} : { text }) })
  await call('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
}

interface Look {
  readonly scheme: 'light' | 'dark'
  readonly print?: boolean
}

async function takePicture(call: CallBrowser, { scheme, print = false }: Look): Promise<Buffer> {
  const features = [{ name: 'prefers-color-scheme', value: scheme }]
  await call('Emulation.setEmulatedMedia', { media: print ? 'print' : 'screen', features })
  // Charts draw their new colours with the next frames.
  const frames =
    'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))'
  await call('Runtime.evaluate', { expression: frames, awaitPromise: true })
  const { data } = await call('Page.captureScreenshot', { captureBeyondViewport: true })
  return Buffer.from(data, 'base64')
}
