/** Messages show a reference instead of the value that it brought: variables and files may hold secrets. */
import { printable, shorten } from '../pipeline/printable.ts'
import type { Said } from './issues.ts'
import { isNull, type Node, nodeAt } from './tree.ts'

/** The text with references as it stands in the file, for messages. */
export function describeReference(written: string): string {
  return `"${printable(shorten(written, 60))}"`
}

/** Returns messages about values written in the file unchanged; about others only the rule, with the path as far as the file has it. */
export function conceal(root: Node, said: Said): Said {
  for (let length = 0; length <= said.path.length; length++) {
    const node = nodeAt(root, said.path.slice(0, length))
    if (node?.written !== undefined && !isNull(node)) return concealed(said, length, node, node.written)
  }
  return said
}

function concealed({ path, message, hint }: Said, length: number, node: Node, written: string): Said {
  const texts = textsOf(node)
  const hideWhole = (text: string) =>
    texts.reduce((rest, known) => rest.replaceAll(`"${known}"`, '"…"'), text)
  const hide = (text: string) =>
    hideWhole(text).replace(/"([^"]*)"/g, (quoted, inner: string) =>
      inner !== '' && texts.some(known => known.includes(inner)) ? '"…"' : quoted,
    )
  const rule = hide(message.replace(/, got .*$/s, ''))
  const isWhole = rule === message
  return {
    // The keys of a file that is a part of the configuration help to find the place; those of a variable may be its secret.
    path: ENV.test(written) ? path.slice(0, length) : path,
    message: `${rule}${isWhole ? ' in' : ', got'} the value of ${describeReference(written)}${isWhole ? '' : typeOf(node)}`,
    hint: hint && hide(hint),
  }
}

function typeOf(node: Node): string {
  return ` (${node.kind === 'scalar' ? typeof node.value : `a ${node.kind}`})`
}

/** A reference to a variable, with or without `env:`, as opposed to one to a file. */
const ENV = /\$\{(?!(file|yaml|https?):)/

/** All text in it, keys included. */
function textsOf(node: Node): string[] {
  const own = node.text === undefined ? [] : [node.text]
  if (node.kind === 'scalar') return [...own, String(node.value)]
  if (node.kind === 'list') return [...own, ...node.items.flatMap(textsOf)]
  return [...own, ...[...node.entries].flatMap(([key, entry]) => [key, ...textsOf(entry.node)])]
}
