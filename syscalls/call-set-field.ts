import { z } from 'zod'
import { describeValue } from '../pipeline/config.ts'
import { findFaultWithCallSet, findFaultWithCalls } from './call-set.ts'

const calls = z.string().superRefine((word, context) => {
  const fault = findFaultWithCalls(word)
  if (fault) context.addIssue({ code: 'custom', message: `${fault}, got ${describeValue(word)}` })
})

/** A set of calls by the words that people have for them: system calls, classes, groups, `all`; each checked, then what they amount to. */
export const callSet = z
  .array(calls)
  .min(1, 'must name a system call, a class or a group of them, or "all"')
  .superRefine((words, context) => {
    const isFaultless = words.every(word => findFaultWithCalls(word) === undefined)
    const fault = isFaultless ? findFaultWithCallSet(words) : undefined
    if (fault) context.addIssue({ code: 'custom', message: fault })
  })
