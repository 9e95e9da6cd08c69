/** The names that numbers can be told apart by. */

export const DIMENSIONS = [
  'node',
  'namespace',
  'workload',
  'revision',
  'pod',
  'container',
  'unit',
  'syscall',
  'errno',
  'outcome',
  'class',
  'group',
] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** Short names that the original swoll takes in `ord`, beside the long ones. */
export const ALIASES: Readonly<Record<string, Dimension>> = {
  cl: 'class',
  gr: 'group',
  ns: 'namespace',
  p: 'pod',
  c: 'container',
  sc: 'syscall',
  name: 'syscall',
  n: 'syscall',
  error: 'errno',
  e: 'errno',
}

/** The value of `errno` where a call succeeded. */
export const NO_ERROR = 'OK'
