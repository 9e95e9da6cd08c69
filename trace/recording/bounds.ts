/** How much of what a recording may hold: the writer keeps to it, the reader relies on nobody. */

/** The reader remembers so many threads, newest last; the writer tells one again that is older. */
export const KEPT_THREADS = 16_384
/** Resources are numbered below this. */
export const MAX_RESOURCES = 4096
/** Characters of a resource's attributes as JSON. */
export const MAX_ATTRIBUTES = 8192
/** New threads of a block. */
export const MAX_NEW_THREADS = 4096
