import * as assert from 'uvu/assert'
import type { ErrorCode, SwollError } from '../../pipeline/errors.ts'

/** Asserts that the promise rejects with an error of this code, and gives it back. */
export async function rejects(promise: Promise<unknown>, code: ErrorCode): Promise<SwollError> {
  const outcome = await promise.then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  )
  assert.instance(outcome.error, Error, `should have rejected with ${code}, but resolved`)
  assert.is((outcome.error as SwollError).code, code, `${outcome.error}`)
  return outcome.error as SwollError
}

/** Returns what `run` throws. */
export function failureOf(run: () => unknown): SwollError {
  try {
    run()
  } catch (error) {
    return error as SwollError
  }
  throw new Error('should have thrown')
}
