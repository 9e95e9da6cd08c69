/** A table as kubectl prints them: columns by their width, three spaces between. */
import { printable } from '../pipeline/printable.ts'

/** Nothing in it moves the cursor of a terminal. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map(row => row.map(printable))
  const widths = head.map((_, column) => Math.max(...all.map(row => row[column]!.length)))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('   ')
  return all.map(row => `${line(row).trimEnd()}\n`).join('')
}
