import { toPrintable } from '../otel-config/printable-config.ts'
import type { MapNode } from '../otel-config/tree.ts'
import type { Registry } from '../pipeline/registry.ts'

/** The configuration that the agent goes by, to be shown on request. */
export class ConfigInForce {
  readonly #registry: Registry
  #root: MapNode

  constructor(registry: Registry, root: MapNode) {
    this.#registry = registry
    this.#root = root
  }

  replace(root: MapNode): void {
    this.#root = root
  }

  /** As `swoll print-config` prints it: with defaults, and without secrets. */
  readonly show = async (): Promise<unknown> => {
    // Loaded and made here: hardly anybody asks, and the schema is large.
    const { toConfigSchema } = await import('../otel-config/json-schema.ts')
    return toPrintable(this.#root, toConfigSchema(this.#registry), true)
  }
}
