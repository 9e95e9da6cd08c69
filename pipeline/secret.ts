const REDACTED = '[REDACTED]'

/** Text that must not be seen: prints as `[REDACTED]` wherever it is logged, joined, inspected or serialized. */
export class Secret {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  /** Returns the text itself, for the one place that sends it. */
  reveal(): string {
    return this.#text
  }
  toString(): string {
    return REDACTED
  }
  toJSON(): string {
    return REDACTED
  }
  /** Returns the text that util.inspect and console print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}
