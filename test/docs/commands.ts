/** The commands of swoll that documents tell readers to type, and what of them the program does not know. */
import type { Command } from 'commander'
import { createPlugin } from '../../cli/kubectl/program.ts'
import { createProgram } from '../../cli/program.ts'
import { blocksOf, type Document } from '../kit/markdown.ts'

/** Nothing is run. */
const swoll = createProgram({} as Parameters<typeof createProgram>[0], '/preset')
const plugin = createPlugin({} as Parameters<typeof createPlugin>[0])
const SWOLL = /^(?:[\w./$~-]*\/)?swoll$/
const PLUGIN = /^(?:[\w./$~-]*\/)?kubectl-swoll$/
/** Ends a command: what follows is another one, or not for the program. */
const END = /^(?:\|\|?|&&?|;|>.*|2>.*|<.*|--)$/

/** The words of each command of swoll in a document's blocks and within its lines; where there are prompts, of what is typed alone. */
export function commandsOf(document: Document): string[][] {
  const typed = ['sh', 'bash', 'console'].flatMap(language =>
    blocksOf(document, language).flatMap(block => {
      const lines = block.replaceAll(/\\\n\s*/g, ' ').split('\n')
      return language === 'console' ? lines.flatMap(line => /^[$#] (.*)/.exec(line)?.[1] ?? []) : lines
    }),
  )
  const inLines = document.text
    .replaceAll(/^```.*?^```$/gms, '')
    .matchAll(/`((?:(?:bin|sudo)[ /])*(?:kubectl )?swoll [^`]+)`/g)
  return [...typed, ...Array.from(inLines, found => found[1]!)].flatMap(line =>
    splitCommands(withoutQuotes(line)),
  )
}

/** What stands in quotes is one word, and comments are none. */
function withoutQuotes(line: string): string {
  return line.replaceAll(/'[^']*'|"[^"]*"/g, "''").replace(/(^|\s)#.*/, '')
}

function splitCommands(line: string): string[][] {
  const words = line.replaceAll(/([;|]+|\$\(|\))/g, ' $1 ').split(/\s+/)
  const commands: string[][] = []
  for (let at = 0; at < words.length; at++) {
    const before = words[at - 1]
    const isPlugin = PLUGIN.test(words[at]!) || (words[at] === 'swoll' && before === 'kubectl')
    const isFirst = at === 0 || /^(?:sudo|exec|time|\$\(|\|\|?|&&|;|--|do|then|[A-Z_]+=\S*|)$/.test(before!)
    if (!isPlugin && !(isFirst && SWOLL.test(words[at]!))) continue
    const end = words.findIndex((word, i) => i > at && (END.test(word) || word === ')'))
    commands.push([isPlugin ? 'kubectl swoll' : 'swoll', ...words.slice(at + 1, end < 0 ? undefined : end)])
  }
  return commands.map(words => words.filter(word => word !== ''))
}

/** The first word that the program does not know: a command, or an option of the command. */
export function unknownWord([name, ...words]: readonly string[]): string | undefined {
  let command: Command = name === 'swoll' ? swoll : plugin
  // Without a command it takes the options of the Collector.
  const known: Command[] = [command, ...command.commands.filter(each => each.name() === 'collector')]
  let isNaming = true
  for (const word of words) {
    if (word.startsWith('-')) {
      if (!hasOption(known, word)) return word
      continue
    }
    const next = isNaming
      ? command.commands.find(each => [each.name(), ...each.aliases()].includes(word))
      : undefined
    if (next) {
      command = next
      known.push(command)
    } else if (isNaming && command.commands.length > 0 && command.registeredArguments.length === 0)
      return /^(?:help|\.\.\.|…|[A-Z]+)$/.test(word) ? undefined : word
    else isNaming = false
    // Its words are for another program of swoll.
    if (next?.name() === 'kubectl')
      return unknownWord(['kubectl swoll', ...words.slice(words.indexOf(word) + 1)])
  }
  return undefined
}

function hasOption(commands: readonly Command[], word: string): boolean {
  if (/^(?:-|--|-h|--help|-v|-V|--version|-\d.*)$/.test(word)) return true
  const [flag = ''] = word.split('=')
  const options = commands.flatMap(({ options }) => options)
  if (flag.startsWith('--'))
    return options.some(({ long }) => long === flag || `--no-${long?.slice(2)}` === flag)
  return options.some(({ short }) => short === flag.slice(0, 2))
}
