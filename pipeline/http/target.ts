/** Reads the target of a request as RFC 9112 (3.2) and RFC 3986 (6.2.2) do: one resource has one path here. */

export interface Target {
  /** In the absolute form, where it stands for the Host header; undefined in the others. */
  readonly authority: string | undefined
  /** Without a query; `*` for the asterisk form. */
  readonly path: string
  /** Without its question mark. */
  readonly query: string
}

/** RFC 9112, 3.2.2: "a server MUST accept the absolute-form in requests". */
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i

/** Undefined when the target has no form that a server may answer, or escapes that mean nothing. */
export function decodeTarget(url: string): Target | undefined {
  const absolute = ABSOLUTE.exec(url)
  const [before = '', ...after] = (absolute ? (absolute[2] ?? '') : url).split('?')
  const path = before === '*' && !absolute ? '*' : normalizePath(before || (absolute ? '/' : ''))
  return path === undefined ? undefined : { authority: absolute?.[1], path, query: after.join('?') }
}

/** Escapes undone but those of reserved characters, dot segments and repeated slashes gone. Undefined: not a path. */
export function normalizePath(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined
  try {
    return decodeURI(new URL(`http://host${path}`).pathname).replace(/\/{2,}/g, '/')
  } catch {
    return undefined
  }
}
