/** The command that shows in a terminal what a page shows. */

export interface TraceChoice {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly syscalls: string
  readonly errors: string
  readonly minLatency: string
  readonly comm: string
  readonly path: string
}

export const NO_CHOICE: TraceChoice = {
  namespace: '',
  pod: '',
  container: '',
  syscalls: '',
  errors: '',
  minLatency: '',
  comm: '',
  path: '',
}

/** Quoted for a POSIX shell, where it must be. A control character is written as the shell's `$'…'` has it, so that a line stays one. */
function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  if (!/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(word))
    return `'${word.replaceAll("'", "'\\''")}'`
  const text = [...word].map(character => {
    const code = character.codePointAt(0)!
    if (character === '\\' || character === "'") return `\\${character}`
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    const isPlain = !/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(character)
    return isPlain
      ? character
      : code < 128
        ? `\\x${code.toString(16).padStart(2, '0')}`
        : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `$'${text.join('')}'`
}

/** On the node. Without a namespace it is about the host. */
export function toNodeCommand(choice: TraceChoice): string {
  const where = choice.namespace ? ['-n', choice.namespace] : ['--no-containers']
  return toLine(['swoll', 'trace', ...where, ...filters(choice)])
}

/** From wherever kubectl works. */
export function toKubectlCommand(choice: TraceChoice): string {
  const where = choice.namespace ? ['-n', choice.namespace] : ['-A']
  return toLine(['kubectl', 'swoll', 'trace', ...where, ...filters(choice)])
}

function filters({ pod, container, syscalls, errors, minLatency, comm, path }: TraceChoice): string[] {
  return [
    ...(pod ? ['-p', pod] : []),
    ...(container ? ['-c', container] : []),
    ...(syscalls ? ['-s', syscalls] : []),
    ...(comm ? ['--comm', comm] : []),
    ...(path ? ['-P', path] : []),
    ...(minLatency ? ['--min-latency', minLatency] : []),
    // Last: its list may be left out.
    ...(errors ? (errors === 'any' ? ['-e'] : ['-e', errors]) : []),
  ]
}

function toLine(words: readonly string[]): string {
  return words.map(quote).join(' ')
}
