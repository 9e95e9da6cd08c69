/** Configuration of the `bearertokenauth` extension. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import { duration, secret } from '../../pipeline/config.ts'
import { Secret } from '../../pipeline/secret.ts'

const token = () =>
  secret()
    .transform(text => new Secret(text.reveal().trim()))
    .refine(
      text => /^[\x21-\x7e]*$/.test(text.reveal()),
      'must be one word of printable ASCII; the word before it is "scheme"',
    )

const retry = z
  .strictObject({
    enabled: z.boolean().default(false).describe('True: start while there is no file yet'),
    max_retries: z.int().min(0).default(0).describe('Give up after so many looks; 0: never'),
    interval: duration().prefault('0s').describe('Time between two looks'),
  })
  .superRefine(({ enabled, interval }, context) => {
    if (!enabled || interval > 0) return
    context.addIssue({
      code: 'custom',
      path: ['interval'],
      message: 'must be above 0, since enabled is true',
    })
  })

export const config = z
  .strictObject({
    header: z
      .string()
      .regex(/^[0-9A-Za-z_.-]+$/, 'must be a header name: letters, digits, "-", "_" and "."')
      .default('Authorization')
      .describe('Header that has the token'),
    scheme: z
      .string()
      .regex(/^[\x21-\x7e]*$/, 'must be one word of printable ASCII')
      .default('Bearer')
      .describe('Word before the token; empty: none'),
    token: token().optional().describe('The token; never printed'),
    tokens: z
      .array(token().refine(one => one.reveal() !== '', 'must not be empty; take it away'))
      .default([])
      .describe('Tokens as the Collector has them for servers; the first is sent'),
    filename: z
      .string()
      .optional()
      .describe('File whose first word is the token; read for each request. `token` is not used then'),
    retry_on_failure: retry.prefault({}).describe('What happens if there is no such file at the start'),
    wait_for_token_file: z
      .boolean()
      .default(false)
      .describe('True: nothing starts before the file is there. Needs retry_on_failure::enabled'),
  })
  .superRefine((given, context) => {
    const { token, tokens, filename, retry_on_failure, wait_for_token_file } = given
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message })
    const hasToken = token !== undefined && token.reveal() !== ''
    if (!hasToken && tokens.length === 0 && !filename)
      refuse('token', 'must be set, or one of tokens and filename')
    if (hasToken && tokens.length > 0) refuse('tokens', 'must not be set together with token; keep one')
    if (retry_on_failure.enabled && !filename)
      refuse('retry_on_failure', 'must not be enabled without filename; remove it')
    if (wait_for_token_file && !(filename && retry_on_failure.enabled))
      refuse('wait_for_token_file', 'must not be true without filename and retry_on_failure::enabled')
  })
export type BearerTokenConfig = z.output<typeof config>
