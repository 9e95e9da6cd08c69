/** The frame of all pages. */
import { toHtml } from '../../../pipeline/http/answer.ts'
import type { Answer } from '../routes/operation.ts'

/** Nothing from elsewhere, nothing within the page, nobody round it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface Page {
  readonly title: string
  /** HTML. */
  readonly body: string
  /** The target that was asked for: links must work behind proxies, which put something before it. */
  readonly target: string
  readonly script?: string
}

export function toPage({ title, body, target, script }: Page): Answer {
  const up = upFrom(target)
  const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${toHtml(title)} – swoll</title>
<link rel="stylesheet" href="${up}trace/pages.css">
${script === undefined ? '' : `<script type="module" src="${up}trace/${script}"></script>\n`}${body}
</html>
`
  const headers = { 'content-security-policy': POLICY, vary: 'accept' }
  return { status: 200, type: 'text/html; charset=utf-8', headers, body: text }
}

/** `../` for each folder of the target. */
export function upFrom(target: string): string {
  const [path = ''] = target.split('?')
  return '../'.repeat(Math.max(0, path.split('/').length - 2))
}
