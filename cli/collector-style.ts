/** The command line of the Collector, which needs no command to run, and takes its options in front of one. */

/** Options that stand in front; each has a value. */
const OPTIONS = ['--config', '--set', '--feature-gates', '-c']
/** The one that has none. */
const FLAG = '--watch-config'
const COMMANDS = ['validate', 'print-config', 'print-initial-config', 'components', 'featuregate']

/** `--config FILE` as `collector --config FILE`, and `--config FILE validate` as `validate --config FILE`. */
export function toCommandFirst(args: readonly string[]): readonly string[] {
  let at = 0
  while (isOption(args[at])) at += args[at]!.includes('=') || args[at] === FLAG ? 1 : 2
  if (at === 0) return args
  const command = COMMANDS.includes(args[at] ?? '') ? args[at]! : undefined
  return command ? [command, ...args.slice(0, at), ...args.slice(at + 1)] : ['collector', ...args]
}

function isOption(word = ''): boolean {
  return [...OPTIONS, FLAG].some(option => word === option || word.startsWith(`${option}=`))
}
