/** Small requests as larger ones. */
import type { EncodedRequest, RequestLimits } from '../../otlp/encode-table.ts'

/** Something whose requests may go out together with those of others. */
interface Source {
  requests(): AsyncIterable<EncodedRequest>
}

/** A request, and how many of its items are whose. */
export interface Joined<T> extends EncodedRequest {
  readonly shares: readonly { readonly of: T; readonly items: number }[]
}

type Join = (requests: readonly Uint8Array[]) => Uint8Array

/**
 * The requests of all sources, in their order, as many in one as the limits allow. A request is not cut: it was made within
 * the same limits. Those of a single source are as large as they can be, and so go out as they come.
 */
export async function* joinRequests<T extends Source>(
  sources: readonly T[],
  limits: RequestLimits,
  join: Join = Buffer.concat,
): AsyncGenerator<Joined<T>, void> {
  const [first, ...others] = sources
  if (first && others.length === 0) {
    for await (const request of first.requests())
      yield { ...request, shares: [{ of: first, items: request.items }] }
    return
  }
  let open = new OpenRequest<T>()
  for (const source of sources)
    for await (const request of source.requests()) {
      if (!open.hasRoomFor(request, limits)) {
        yield open.close(join)
        open = new OpenRequest()
      }
      open.add(source, request)
    }
  if (open.items > 0) yield open.close(join)
}

class OpenRequest<T> {
  items = 0
  #bytes = 0
  readonly #parts: Uint8Array[] = []
  readonly #shares: { of: T; items: number }[] = []

  hasRoomFor({ items, bytes }: EncodedRequest, limits: RequestLimits): boolean {
    if (this.items === 0) return true
    return this.items + items <= limits.items && this.#bytes + bytes.length <= limits.bytes
  }

  add(source: T, { items, bytes }: EncodedRequest): void {
    this.items += items
    this.#bytes += bytes.length
    this.#parts.push(bytes)
    this.#shares.push({ of: source, items })
  }

  close(join: Join): Joined<T> {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : join(this.#parts)
    return { bytes, items: this.items, shares: this.#shares }
  }
}
