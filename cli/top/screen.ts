/** The live view on a terminal. Loaded only when it is to be shown: the library is large. */
import { Box, render, Text, useApp, useInput, useWindowSize } from 'ink'
import { createElement, useCallback, useEffect, useReducer, useRef } from 'react'
import { onSignals } from '../signals.ts'
import { toKeys } from './keys.ts'
import type { Live } from './live.ts'

/** Resolves when somebody quits, or `abort`. The terminal is as it was then, and after an error too. */
export async function showScreen(live: Live, abort: AbortSignal): Promise<void> {
  const screen = render(createElement(Screen, { live }), {
    alternateScreen: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
    interactive: true,
    isScreenReaderEnabled: false,
    patchConsole: true,
  })
  const failed = screen.waitUntilExit()
  try {
    await Promise.race([live.run(abort), failed])
  } finally {
    screen.unmount()
  }
  await failed
}

/** The screen of a live view: as many lines as the terminal has. */
export function Screen({ live }: { readonly live: Live }) {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const { columns, rows } = useWindowSize()
  const { suspendTerminal } = useApp()
  useEffect(() => live.watch(redraw), [live])
  const isStopped = useRef(false)
  const pause = useCallback(async () => {
    if (isStopped.current) return
    isStopped.current = true
    await suspendTerminal(stopProcess)
    isStopped.current = false
  }, [suspendTerminal])
  useEffect(() => onSignals(['SIGTSTP'], () => void pause()), [pause])
  useInput((input, key) => {
    if (key.ctrl && input === 'z') return void pause()
    for (const each of toKeys(input, key)) live.press(each)
  })
  const lines = live.draw({ columns, rows })
  return createElement(
    Box,
    { flexDirection: 'column', width: columns, height: rows, overflow: 'hidden' },
    ...lines.map((line, i) => createElement(Text, { key: i, wrap: 'truncate' }, line === '' ? ' ' : line)),
  )
}

/** As Ctrl-Z does: resolves when the shell lets the process go on. */
async function stopProcess(): Promise<void> {
  const { promise: goesOn, resolve } = Promise.withResolvers<void>()
  const unlisten = onSignals(['SIGCONT'], () => resolve())
  process.kill(process.pid, 'SIGSTOP')
  await goesOn
  unlisten()
}
