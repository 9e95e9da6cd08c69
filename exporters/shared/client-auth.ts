/** `auth` of exporters: the extension that says who sends. */
import { z } from 'zod'
import type { ClientAuth } from '../../pipeline/client-auth.ts'
import type { Host } from '../../pipeline/component.ts'
import { NO_CREDENTIALS } from '../../pipeline/no-credentials.ts'
import type { Use } from '../../pipeline/roles.ts'

export const auth = () =>
  z
    .strictObject({
      authenticator: z
        .string({ error: ({ input }) => (input === undefined ? 'must be set' : undefined) })
        .min(1, 'must not be empty')
        .describe('Id of the extension, such as `bearertokenauth` or `oauth2client/mine`'),
    })
    .optional()
    .describe('The extension that gives each request the headers that say who sends; they win over `headers`')

interface WithAuth {
  readonly auth?: z.output<ReturnType<typeof auth>>
}

/** For `uses` of the factory. */
export function usesOfAuth({ auth }: WithAuth): Use[] {
  return auth ? [{ role: 'clientAuth', id: auth.authenticator, path: ['auth', 'authenticator'] }] : []
}

/** Headers on top of those of the configuration, in lower case, for each request anew; without `auth` there are none. */
export function clientAuthOf({ auth }: WithAuth, host: Pick<Host, 'extension'>): ClientAuth {
  return auth ? host.extension(auth.authenticator, 'clientAuth') : { headers: async () => ({}) }
}

/** Whether a request failed since there was nothing that it could show. */
export function isLackOfCredentials(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly status?: unknown } }
  return cause?.status === NO_CREDENTIALS
}
