/** Keys as the terminal library tells of them, in our words. */
import type { Key as InkKey } from 'ink'
import type { Key } from './state.ts'

const NAMES = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
] as const satisfies readonly (readonly [keyof InkKey, string])[]

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
}

/** The keys of one report: several, where somebody types fast or pastes. */
export function toKeys(input: string, key: InkKey): readonly Key[] {
  if (key.tab) return [{ name: key.shift ? 'shift-tab' : 'tab' }]
  const known = NAMES.find(([flag]) => key[flag])
  if (known !== undefined) return [{ name: known[1] }]
  if (key.ctrl) return input === '' ? [] : [{ name: `ctrl-${input}` }]
  if (key.meta) return []
  return [...input].flatMap((text): Key[] => {
    const name = CONTROLS[text]
    if (name !== undefined) return [{ name }]
    return /\p{Cc}/u.test(text) ? [] : [{ text }]
  })
}
