import { mkdir } from 'node:fs/promises'

const PRIVATE = 0o700

/** Makes the folder for its owner alone, if it is not there; those above it must be. */
export async function makeFolder(path: string): Promise<void> {
  // Not recursive: below /proc Node would try without end.
  await mkdir(path, { mode: PRIVATE }).catch(error => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  })
}
