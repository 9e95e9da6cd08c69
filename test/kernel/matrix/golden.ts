/** Keeps the verifier's cost of each program, per kernel, so that a program that creeps towards a limit is noticed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Instructions that the verifier walked, and bytes of the program in the kernel. */
export interface ProgramCost {
  readonly verified_instructions: number
  readonly translated_bytes: number
}

/** `programs` by name. */
export interface VerifierStatistics {
  /** The release in `uname -r`. */
  readonly kernel: string
  readonly clang: string
  readonly programs: Readonly<Record<string, ProgramCost>>
}

/** `failures` must be empty for the test to pass; `notes` are worth printing. */
interface Comparison {
  readonly failures: readonly string[]
  readonly notes: readonly string[]
}

const ALLOWED_GROWTH = 1.1
const FOLDER = join(import.meta.dirname, '../../golden/verifier')

/**
 * Compares what was measured with what was kept. A program that came, went or grew by more than a tenth is a failure, less is a
 * note. Another compiler makes other programs: then everything is a note.
 */
export function compare(kept: VerifierStatistics, measured: VerifierStatistics): Comparison {
  const failures: string[] = []
  const notes: string[] = []
  if (kept.kernel !== measured.kernel) notes.push(`kernel ${measured.kernel}, kept for ${kept.kernel}`)
  const isOtherCompiler = kept.clang !== measured.clang
  if (isOtherCompiler) notes.push(`clang ${measured.clang}, kept for ${kept.clang}`)
  for (const name of new Set([...Object.keys(kept.programs), ...Object.keys(measured.programs)]).values()) {
    const [before, after] = [kept.programs[name], measured.programs[name]]
    for (const key of ['verified_instructions', 'translated_bytes'] as const) {
      const [was, is] = [before?.[key], after?.[key]]
      if (was === is) continue
      const isFailure = was === undefined || is === undefined || is > was * ALLOWED_GROWTH
      const list = isFailure && !isOtherCompiler ? failures : notes
      list.push(`${name}: ${key} ${is ?? 'none'}, kept ${was ?? 'none'}`)
    }
  }
  return { failures, notes }
}

function pathOf(name: string): string {
  return join(FOLDER, `${name}.json`)
}

/** Returns whether figures are kept under this name, or are being written. */
export function hasGolden(name: string): boolean {
  return process.env.UPDATE_GOLDEN === '1' || existsSync(pathOf(name))
}

/** Compares with the golden file `<name>.json`. With UPDATE_GOLDEN=1 it is written, and the comparison fails so that it is looked at. */
export function compareWithGolden(name: string, measured: VerifierStatistics): Comparison {
  const path = pathOf(name)
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify(measured, undefined, 2)}\n`)
    return {
      failures: [`test/golden/verifier/${name}.json was rewritten: look at the difference`],
      notes: [],
    }
  }
  return compare(JSON.parse(readFileSync(path, 'utf8')), measured)
}
