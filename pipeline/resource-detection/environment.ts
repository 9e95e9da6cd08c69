/** OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME. OpenTelemetry specification 1.50, "Resource SDK" and "General SDK Configuration". */
import type { Attributes } from '../data/attributes.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface FromEnvironment {
  readonly attributes: Attributes
  /** Why nothing of it is used. */
  readonly problem?: string
}

const VARIABLE = 'OTEL_RESOURCE_ATTRIBUTES'

/**
 * `key=value` pairs in the format of W3C Baggage, percent-decoded, and the name of the service, which comes first. "In case of any error
 * […] the entire environment variable value SHOULD be discarded".
 */
export function readEnvironment(env: Environment): FromEnvironment {
  const name = env.OTEL_SERVICE_NAME
  const service: Attributes = name ? { 'service.name': name } : {}
  const { attributes, problem } = decodePairs(env[VARIABLE] ?? '')
  if (problem !== undefined) return { attributes: service, problem: `${VARIABLE}: ${problem}` }
  return { attributes: { ...attributes, ...service } }
}

function decodePairs(text: string): FromEnvironment {
  const attributes = new Map<string, string>()
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue
    const at = pair.indexOf('=')
    const key = decode(pair.slice(0, at))
    const value = decode(pair.slice(at + 1))
    if (at < 0 || !key || value === undefined)
      return {
        attributes: {},
        problem: `must be pairs such as team=shop,region=eu%2C%20west, percent-encoded, got ${JSON.stringify(pair.trim())}; nothing of it is used`,
      }
    if (value !== '') attributes.set(key, value)
  }
  return { attributes: Object.fromEntries(attributes) }
}

/** Undefined: it is not percent-encoded text. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim())
  } catch {
    return undefined
  }
}
