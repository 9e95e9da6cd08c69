/** An option of the command line, with what help, manual and completion need. */
import { Option } from 'commander'

/** The values of an option for completion: files, things of this host, or some of these words. */
export type Completes =
  | 'files'
  | 'processes'
  | 'users'
  | 'units'
  | 'cgroups'
  | 'calls'
  | 'errors'
  | readonly string[]

interface OptionDetails {
  /** Absent: nobody can know. */
  readonly completes?: Completes
  /** May be given several times; each use is kept. */
  readonly isList?: true
  /** Counts its uses: `-ttt` is 3. */
  readonly isCounted?: true
  /** An environment variable that stands for the option. */
  readonly env?: string
}

export class KnownOption extends Option {
  readonly completes: Completes | undefined
  /** Its value is a list of words between commas. */
  readonly isList: boolean

  constructor(flags: string, description: string, details: OptionDetails = {}) {
    super(flags, description)
    this.completes = details.completes
    this.isList = details.isList === true
    if (details.env !== undefined) this.env(details.env)
    if (details.isList) this.argParser(append)
    if (details.isCounted) this.argParser(count)
  }
}

function append(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text]
}

function count(_: string, earlier = 0): number {
  return earlier + 1
}

/** Options under one heading of the help. */
export interface OptionGroup {
  readonly heading: string
  readonly options: readonly KnownOption[]
}
