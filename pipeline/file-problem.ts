const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the path',
  EACCES: 'must be readable by this process; check owner and mode',
  EISDIR: 'must be a file, got a folder; name the file in it',
}

/** Why a file could not be read, and what to do, as the end of a message. */
export function fileProblem({ code = 'unknown' }: NodeJS.ErrnoException): string {
  return PROBLEMS[code] ?? `could not be read (${code})`
}
