/** The names of all formats. Apart from what makes them, since help and completion need no more. */
export const OUTPUTS = ['cli', 'json', 'otlp-json', 'strace', 'summary'] as const
export type Output = (typeof OUTPUTS)[number]
