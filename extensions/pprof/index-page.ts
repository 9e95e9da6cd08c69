/** The list of profiles, at Go's path. */
import { answer, toHtml } from '../../pipeline/http/answer.ts'
import type { Route } from '../../pipeline/http/route.ts'

export function indexRoute(routes: readonly Route[]): Route {
  const links = routes.map(({ path, title }) => `<li><a href="${toHtml(path)}">${toHtml(title)}</a>`)
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>swoll: profiles</title>
<h1>Profiles of this agent</h1>
<ul>
${links.join('\n')}
</ul>
</html>
`
  return {
    path: '/debug/pprof/',
    title: 'Profiles of the agent',
    handle: ({ response }) => answer(response, 200, page, { 'Content-Type': 'text/html; charset=utf-8' }),
  }
}
