// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references in configurations
/** Configurations that were changed at random: what people and programs get wrong, and what nobody would write. */

/** What is put in: marks of YAML, references, values of another form, names that are known and that are not. */
const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ': ',
    '- ',
    '? ',
    '#',
    '&a ',
    '*a',
    '<<: ',
    '!!str ',
    '|\n',
    '>-\n',
    '---\n',
    '...',
  ],
  ...[
    '"',
    "'",
    '\n',
    '\t',
    '  ',
    ',',
    '\\',
    '%',
    '@',
    '`',
    '\u0000',
    '\u2028',
    '\ud800',
    'é',
    '\u202e',
    '\r\n',
  ],
  ...[
    '$',
    '$$',
    '${',
    '${A}',
    '${env:B}',
    '${env:NONE:-x}',
    '${yaml:[1, 2]}',
    '${yaml:{a: ${A}}}',
    '${file:/none}',
  ],
  ...[
    'null',
    '~',
    'true',
    '-1',
    '0',
    '1e999',
    '0x7f',
    '1_000',
    '.inf',
    '9007199254740993',
    '5s',
    '-5s',
    '1h30m',
  ],
  ...[
    'ebpf',
    'debug',
    'otlp',
    'batch',
    'metrics',
    'logs/x',
    'exporters',
    'service',
    'telemetry',
    '__proto__',
  ],
  ...['a::b: 1', 'constructor', 'endpoint', 'x'.repeat(300), '[a, b]', '{a: {b: [c]}}', ''],
]

/** Returns the text with one to eight changes: letters and lines gone, doubled or swapped, pieces put in, of other texts too. */
export function mutate(text: string, others: readonly string[], random: () => number): string {
  const below = (most: number) => Math.floor(random() * most)
  const pick = <T>(list: readonly T[]) => list[below(list.length)]!
  let result = text
  for (let left = 1 + below(8); left > 0; left--) {
    const at = below(result.length + 1)
    const end = at + Math.floor(random() ** 4 * 40)
    const lines = result.split('\n')
    const line = below(lines.length)
    const changes = [
      () => result.slice(0, at) + result.slice(end + 1),
      () => result.slice(0, at) + pick(PIECES) + result.slice(at),
      () => result.slice(0, at) + pick(PIECES) + result.slice(end),
      () => result.slice(0, end) + result.slice(at, end) + result.slice(end),
      () => lines.toSpliced(line, 1).join('\n'),
      () => lines.toSpliced(line, 0, pick(lines)).join('\n'),
      () => lines.with(line, pick(pick(others).split('\n'))).join('\n'),
      () => lines.with(line, ' '.repeat(below(6)) + lines[line]!.trimStart()).join('\n'),
    ]
    result = pick(changes)()
  }
  return result
}
