/** Server-sent events, read by a request of our own: the browser's EventSource sends no token. */

interface StreamedEvent {
  /** Where the stream goes on behind this one; empty: as before. */
  readonly id: string
  readonly data: string
}

/** HTML, 9.2.6, as far as the agent uses it: `id`, `data`, comments; other fields are passed over. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = toEvent(block)
        if (event.data !== '') yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function toEvent(block: string): StreamedEvent {
  const lines = block.split('\n')
  const valuesOf = (field: string) =>
    lines
      .filter(line => line.startsWith(`${field}:`))
      .map(line => line.slice(field.length + 1).replace(/^ /, ''))
  return { id: valuesOf('id').at(-1) ?? '', data: valuesOf('data').join('\n') }
}
