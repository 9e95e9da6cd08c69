/** Answers that are whole texts. */
import type Http from 'node:http'
import type { Route } from './route.ts'

/** For every answer: nobody may show it within a page, guess its type, or read it from a page of another site. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
}

export function answer(
  response: Http.ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = { 'Content-Type': 'text/plain; charset=utf-8' }
  const length = { 'Content-Length': Buffer.byteLength(body) }
  response.writeHead(status, { ...type, ...headers, ...length }).end(body)
}

/** Links to all that is there. */
export function frontPage(routes: readonly Route[]): string {
  const links = routes.map(({ path, title }) => `<li><a href="${toHtml(path)}">${toHtml(title)}</a>`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>swoll</title>
<h1>swoll</h1>
<p>System calls of every container and service on this host.</p>
<ul>
${links.join('\n')}
</ul>
</html>
`
}

/** Text as a page shows it, and an attribute in double quotes holds it. */
export function toHtml(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}
