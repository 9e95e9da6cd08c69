/** Colours of charts, as the style sheet has them: they follow the scheme of the system. */

export interface Palette {
  readonly ink: string
  readonly soft: string
  readonly line: string
  readonly paper: string
  readonly bad: string
  readonly calls: string
  /** Eight that are told apart with every kind of colour blindness (after Okabe and Ito), and on both grounds. */
  readonly kinds: readonly string[]
  /** From few to many. */
  readonly heat: readonly string[]
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const list = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => read(`${name}-${i + 1}`))
  return {
    ink: read('ink'),
    soft: read('soft'),
    line: read('line'),
    paper: read('paper'),
    bad: read('bad'),
    calls: read('calls'),
    kinds: list('kind', 8),
    heat: list('heat', 5),
  }
}

/** Calls when the scheme changes; the returned function ends that. */
export function onSchemeChange(run: () => void): () => void {
  const scheme = window.matchMedia('(prefers-color-scheme: dark)')
  const print = window.matchMedia('print')
  for (const each of [scheme, print]) each.addEventListener('change', run)
  return () => {
    for (const each of [scheme, print]) each.removeEventListener('change', run)
  }
}
