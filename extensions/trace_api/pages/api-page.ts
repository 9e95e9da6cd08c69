/** The document of the API for people. */
import { toHtml } from '../../../pipeline/http/answer.ts'
import type { OpenApi, OpenApiOperation } from '../openapi.ts'
import type { Answer } from '../routes/operation.ts'
import { toPage, upFrom } from './page.ts'

export function apiPage({ info, paths, components }: OpenApi, target: string): Answer {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => describe(method, path, operation)),
  )
  const { schemas = {} } = components as { schemas?: Record<string, unknown> }
  const shapes = Object.entries(schemas).map(
    ([name, schema]) =>
      `<details id="${toHtml(name)}"><summary>${toHtml(name)}</summary><pre>${toHtml(JSON.stringify(schema, null, 2))}</pre></details>`,
  )
  const body = `<header>
<h1>${toHtml(info.title ?? '')}</h1>
<p>${toMarked(info.description)}</p>
<p>For programs: <a href="${upFrom(target)}openapi.json">openapi.json</a></p>
</header>
<main>
${operations.join('\n')}
<h2>Shapes</h2>
${shapes.join('\n')}
</main>`
  return toPage({ title: 'API', body, target })
}

function describe(method: string, path: string, operation: OpenApiOperation): string {
  const parameters = operation.parameters.map(
    ({ name, description = '', required }) =>
      `<li><code>${toHtml(name)}</code>${required ? '' : ' (optional)'} ${toMarked(description)}`,
  )
  const answers = Object.entries(operation.responses).map(
    ([status, { description }]) => `<li><code>${status}</code> ${toHtml(description)}`,
  )
  const takes = 'requestBody' in operation ? `<pre>${toHtml(describeBody(operation.requestBody))}</pre>` : ''
  return `<section>
<h2><code>${method.toUpperCase()} ${toHtml(path)}</code></h2>
<p>${toHtml(operation.summary)}</p>
${parameters.length > 0 ? `<ul>${parameters.join('')}</ul>` : ''}${takes}
<ul>${answers.join('')}</ul>
</section>`
}

/** The keys of the body, each with its meaning. */
function describeBody(body: unknown): string {
  const { content } = body as { content: Record<string, { schema: Record<string, unknown> }> }
  const { $ref, properties = {} } = content['application/json']!.schema as {
    $ref?: string
    properties?: Record<string, { description?: string }>
  }
  if ($ref !== undefined) return `Body: ${$ref.split('/').at(-1)}`
  const lines = Object.entries(properties).map(([key, { description = '' }]) => `  ${key}: ${description}`)
  return `Body:\n${lines.join('\n')}`
}

/** Text as HTML, what is between backquotes as code. */
function toMarked(text = ''): string {
  return toHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}
