/** A statement as a tree. Every node knows where in the text it begins. */

/** Something wrong with a statement, and where: an offset into its text. Messages read `<rule>, got <value>; <remedy>`. */
export class OttlError extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.name = 'OttlError'
    this.at = at
  }
}

/** A literal: `nil` is undefined, an integer a bigint, `0x…` bytes. */
type Literal = string | bigint | number | boolean | Uint8Array | undefined

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='
export type Operation = '+' | '-' | '*' | '/'

interface At {
  /** Offset into the text. */
  readonly at: number
}

/** `name["key"]`: a part of a path. */
export interface Segment extends At {
  readonly name: string
  readonly keys: readonly Node[]
}

/** `name = value`, or the value alone. */
export interface Argument extends At {
  readonly name: string | undefined
  readonly value: Node
}

export interface PathNode extends At {
  readonly kind: 'path'
  readonly segments: readonly Segment[]
}

export interface CallNode extends At {
  readonly kind: 'call'
  readonly name: string
  readonly arguments: readonly Argument[]
  readonly keys: readonly Node[]
}

export type Node =
  | PathNode
  | CallNode
  | (At & { readonly kind: 'literal'; readonly value: Literal })
  | (At & { readonly kind: 'enum' | 'function'; readonly name: string })
  | (At & { readonly kind: 'list'; readonly items: readonly Node[] })
  | (At & { readonly kind: 'map'; readonly entries: readonly (readonly [string, Node])[] })
  | (At & { readonly kind: 'math'; readonly operation: Operation; readonly left: Node; readonly right: Node })
  | (At & { readonly kind: 'negate' | 'not'; readonly of: Node })
  | (At & { readonly kind: 'compare'; readonly how: Comparison; readonly left: Node; readonly right: Node })
  | (At & { readonly kind: 'and' | 'or'; readonly parts: readonly Node[] })

/** `editor(…) where condition`. */
export interface Statement {
  readonly editor: CallNode
  readonly condition: Node | undefined
}

/** Returns where in the text, as a person counts: `column 3`, or `line 2, column 3` when it has several lines. */
export function placeIn(text: string, at: number): string {
  const before = text.slice(0, at).split('\n')
  const column = `column ${before.at(-1)!.length + 1}`
  return text.includes('\n') ? `line ${before.length}, ${column}` : column
}
