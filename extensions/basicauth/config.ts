/** Configuration of the `basicauth` extension. Keys and defaults are the Collector's; README.md says where they differ. */
import { z } from 'zod'
import { secret } from '../../pipeline/config.ts'

const clientAuth = z
  .strictObject({
    username: z
      .string()
      .refine(name => !name.includes(':'), 'must not have a colon: RFC 7617 ends the name there')
      .optional()
      .describe('Name of the user'),
    username_file: z.string().optional().describe('File with the name; `username` is not used then'),
    password: secret().optional().describe('Password of the user; never printed'),
    password_file: z.string().optional().describe('File with the password; `password` is not used then'),
  })
  .superRefine(({ username, username_file }, context) => {
    if (username || username_file) return
    context.addIssue({ code: 'custom', path: ['username'], message: 'must be set, or username_file' })
  })

export const config = z.strictObject({
  client_auth: clientAuth.describe('The user as whom exporters send; files are read for each request'),
})
export type BasicAuthConfig = z.output<typeof config>
