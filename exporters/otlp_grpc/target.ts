/** `endpoint` of the otlp_grpc exporter: a server by its name, or what resolves to servers. */
import { z } from 'zod'
import { describeValue, endpoint, formatEndpoint } from '../../pipeline/config.ts'

interface Target {
  /** As gRPC has it: `host:port`, `dns:///host:port`, `unix:/path`. */
  readonly address: string
  /** `https` means TLS, `http` none; undefined: the `tls` block decides. */
  readonly scheme: 'http' | 'https' | undefined
}

const RULE =
  'must be "host:port", also with http://, https://, dns:/// or passthrough:/// in front, and without a path; or "unix:///path"'

export const target = () =>
  z
    .string({ error: issue => (issue.input === undefined ? 'must be set' : undefined) })
    .transform((text, context): Target => {
      const found = toTarget(text)
      if (found) return found
      context.issues.push({ code: 'custom', message: `${RULE}, got ${describeValue(text)}`, input: text })
      return z.NEVER
    })

function toTarget(text: string): Target | undefined {
  const [, path] = /^unix:(?:\/\/)?(\/[^/].*)$/.exec(text) ?? []
  if (path !== undefined) return { address: `unix:${path}`, scheme: undefined }
  const [, prefix = '', server] = /^(https?:\/\/|dns:\/\/[^/]*\/|passthrough:\/\/\/)?(.*?)\/?$/.exec(text)!
  const parsed = endpoint().safeParse(server)
  if (!parsed.success) return undefined
  const [, scheme] = /^(https?):/.exec(prefix) ?? []
  const resolver = prefix.startsWith('dns:') ? prefix : ''
  return { address: `${resolver}${formatEndpoint(parsed.data)}`, scheme: scheme as Target['scheme'] }
}
