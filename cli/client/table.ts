/** A table as kubectl prints them: columns by their width, three spaces between. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map(row => row[column]!.length)))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('   ')
  return all.map(row => `${line(row).trimEnd()}\n`).join('')
}
