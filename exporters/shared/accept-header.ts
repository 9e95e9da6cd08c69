/** Headers in which a client says what it takes. */

export interface Choice {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  /** 0 to 1. */
  readonly quality: number
}

/** True when the `Accept-Encoding` header allows gzip (RFC 9110, 12.5.3). */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const choices = parseHeader(acceptEncoding)
  const choice = choices.find(({ value }) => value === 'gzip') ?? choices.find(({ value }) => value === '*')
  return choice !== undefined && choice.quality > 0
}

/** The choices of an `Accept` header, and of those like it, as they are listed. */
export function parseHeader(header = ''): Choice[] {
  return header
    .split(',')
    .map(toChoice)
    .filter(({ value }) => value !== '')
}

function toChoice(text: string): Choice {
  const [value = '', ...pairs] = text.split(';').map(part => part.trim())
  const parameters = new Map(
    pairs.map(pair => {
      const [name = '', setting = ''] = pair.split('=', 2).map(part => part.trim())
      return [name.toLowerCase(), setting.replace(/^"(.*)"$/, '$1')]
    }),
  )
  const quality = Number(parameters.get('q') ?? 1)
  return { value: value.toLowerCase(), parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}
