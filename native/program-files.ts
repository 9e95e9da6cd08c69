import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

let root: string | undefined

/**
 * Absolute path of a file that comes with swoll, by its path in a checkout: `package.json`, or what was built below `bpf/` and `native/`.
 * Wherever this code lies, a checkout or dist/: its root is the first folder above with a package.json.
 */
export function programFile(path: string): string {
  root ??= findRoot(import.meta.dirname)
  return join(root, path)
}

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return start
  }
}
