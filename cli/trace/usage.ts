/** Reads what was typed, and collects what is wrong with it. */
import { decodeDuration, formatDuration, LONGEST_DURATION_MS } from '../../pipeline/duration.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { nearest } from '../../pipeline/nearest.ts'

export class Usage {
  readonly #faults: string[] = []

  refuse(option: string, fault: string): void {
    this.#faults.push(`${option}: ${fault}`)
  }

  /** Throws USAGE_INVALID, with a line per fault, if there was one. */
  check(): void {
    if (this.#faults.length > 0) throw new SwollError('USAGE_INVALID', this.#faults.join('\n'))
  }

  /** The option's text; it must not be empty. */
  text(option: string, given: string | undefined): string | undefined {
    if (given === '') this.refuse(option, 'must not be empty')
    return given
  }

  integer(
    option: string,
    given: string | undefined,
    { min, max }: { readonly min: number; readonly max: number },
  ): number | undefined {
    if (given === undefined) return undefined
    const value = Number(given)
    if (/^\d+$/.test(given) && value >= min && value <= max) return value
    this.refuse(option, `must be an integer from ${min} to ${max}, got "${given}"`)
    return undefined
  }

  /** Milliseconds; above 0 where no limits are given. */
  duration(
    option: string,
    given: string | undefined,
    limits?: { readonly min: string; readonly max: string },
  ): number | undefined {
    if (given === undefined) return undefined
    const ms = decodeDuration(given)
    const { min, max } = limits ?? { min: undefined, max: formatDuration(LONGEST_DURATION_MS) }
    const isLong = ms !== undefined && (min === undefined ? ms > 0 : ms >= decodeDuration(min)!)
    if (isLong && ms <= decodeDuration(max)!) return ms
    const rule = isLong
      ? `of at most ${max}`
      : `${min === undefined ? 'above 0' : `from ${min}`} such as "10ms", "1.5s" or "1h30m"`
    this.refuse(option, `must be a duration ${rule}, got "${given}"`)
    return undefined
  }

  oneOf<T extends string>(option: string, given: string, known: readonly T[]): T | undefined {
    if ((known as readonly string[]).includes(given)) return given as T
    const hint = nearest(given, known)
    this.refuse(
      option,
      `must be one of ${known.join(', ')}, got "${given}"${hint ? `; did you mean "${hint}"?` : ''}`,
    )
    return undefined
  }

  /** The words between commas, of all uses of the option. */
  words(option: string, given: readonly string[] = []): readonly string[] {
    const words = given.flatMap(text => text.split(',')).map(word => word.trim())
    if (words.includes('')) this.refuse(option, `must be a list such as "a,b", got "${given.join(',')}"`)
    return words.filter(word => word !== '')
  }
}
