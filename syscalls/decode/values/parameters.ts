/** Parameters of kinds, as tables of calls write them in brackets. */

/** The number of another argument. Throws for anything else. */
export function toIndex(parameter: string | undefined): number {
  if (parameter === undefined || !/^[0-5]$/.test(parameter))
    throw new Error(`parameter of a kind: must be the number of an argument, 0 to 5, got ${parameter}`)
  return Number(parameter)
}
