/** Text tables: the first column to the left, the others, numbers, to the right. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  const toLine = (line: readonly string[]) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')
  const [first = '', ...rest] = lines.map(toLine)
  return [first, widths.map(width => '-'.repeat(width)).join('  '), ...rest].join('\n')
}
