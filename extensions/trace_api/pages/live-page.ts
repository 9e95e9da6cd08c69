/** A page that shows calls as they come. */
import { toHtml } from '../../../pipeline/http/answer.ts'
import type { Answer } from '../routes/operation.ts'
import { toPage } from './page.ts'

export function livePage(title: string, target: string): Answer {
  const body = `<header>
<h1>${toHtml(title)}</h1>
<p id="state" role="status">Connecting …</p>
<p><button id="pause" type="button">Pause</button> <button id="clear" type="button">Clear</button></p>
</header>
<noscript><p>This page needs its script. Other programs read the same calls from ./sse and ./ws.</p></noscript>
<table>
<thead><tr><th scope="col">Time<th scope="col">Where<th scope="col">Program<th scope="col">Call<th scope="col">Result<th scope="col">Took</thead>
<tbody id="calls"></tbody>
</table>`
  return toPage({ title, body, target, script: 'live.js' })
}
