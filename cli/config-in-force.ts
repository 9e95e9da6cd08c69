import { toPrintable } from '../otel-config/printable-config.ts'
import type { MapNode } from '../otel-config/tree.ts'
import type { Registry } from '../pipeline/registry.ts'

/** The configuration that the agent goes by, to be shown on request. */
export class ConfigInForce {
  readonly #registry: Registry
  #root: MapNode
  #shown: Promise<unknown> | undefined

  constructor(registry: Registry, root: MapNode) {
    this.#registry = registry
    this.#root = root
  }

  replace(root: MapNode): void {
    this.#root = root
    this.#shown = undefined
  }

  /** As `swoll print-config` prints it: with defaults, and without secrets. Made once: it takes a tenth of a second. */
  readonly show = (): Promise<unknown> => {
    this.#shown ??= this.#make(this.#root)
    return this.#shown
  }

  async #make(root: MapNode): Promise<unknown> {
    // Loaded and made here: hardly anybody asks, and the schema is large.
    const { toConfigSchema } = await import('../otel-config/json-schema.ts')
    return toPrintable(root, toConfigSchema(this.#registry), true)
  }
}
