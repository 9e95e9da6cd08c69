/** The meaning of error numbers, in the words of the C library. */
import { errnoName } from './errnos.ts'
import { errorTexts } from './generated/error-texts.ts'

const texts = new Map(
  [...errorTexts.matchAll(/^(\d+) (.+)$/gm)].map(([, number, text]) => [Number(number), text!]),
)

/** `No such file or directory` for 2; `Unknown error 524` for a number that programs are not meant to see. */
function errorText(errno: number): string {
  return texts.get(errno) ?? `Unknown error ${errno}`
}

const printed: string[] = []

/** `ENOENT (No such file or directory)`. */
export function errorNameAndText(errno: number): string {
  printed[errno] ??= `${errnoName(errno)} (${errorText(errno)})`
  return printed[errno]
}
