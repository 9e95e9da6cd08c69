/** Checks of values, for messages that come by the hundred thousand: a schema of zod takes longer than reading the JSON does. */
type Check = (value: unknown) => boolean

export const isText: Check = value => typeof value === 'string'
export const isFlag: Check = value => typeof value === 'boolean'
export const isInteger: Check = value => Number.isSafeInteger(value)
export const isLong: Check = value => typeof value === 'number' || typeof value === 'bigint'

export const orNull =
  (isGood: Check): Check =>
  value =>
    value === null || isGood(value)

export const optional =
  (isGood: Check): Check =>
  value =>
    value === undefined || isGood(value)

/** An object with all of these; what else it has does not matter. */
export function isAll(members: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(members)
  return value => {
    if (!isObject(value)) return false
    for (const [key, isGood] of entries) if (!isGood(value[key])) return false
    return true
  }
}

/** An object whose members are all so, whatever their names. */
export function isEach(isGood: Check): Check {
  return value => {
    if (!isObject(value)) return false
    for (const key in value) if (!isGood(value[key])) return false
    return true
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
