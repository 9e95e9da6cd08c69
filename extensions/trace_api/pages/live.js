/** Shows calls as they come. The browser itself comes back behind the last message when the connection breaks. */
const MAX_ROWS = 500

const [state, calls, pause, clear] = ['state', 'calls', 'pause', 'clear'].map(id =>
  document.getElementById(id),
)
const path = location.pathname.replace(/\/+$/, '')
const source = new EventSource(`${path}/sse${location.search}`)

/** Rows that came while nobody wanted to see them; the oldest go first. */
let held = []
let isPaused = false
let shown = 0
let lost = 0
let isOver = false

source.addEventListener('open', () => tell('Connected'))
source.addEventListener('error', () => {
  if (!isOver)
    tell(source.readyState === EventSource.CLOSED ? 'Refused or ended' : 'Connection lost; coming back …')
})
source.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data)
  if (message.type === 'lost') lost += message.calls
  if (message.type === 'over') end(message)
  held.push(message)
  if (held.length > MAX_ROWS) held = held.slice(-MAX_ROWS)
  if (isPaused) tell('Paused')
  else if (held.length === 1) requestAnimationFrame(show)
})
pause.addEventListener('click', () => {
  isPaused = !isPaused
  pause.textContent = isPaused ? 'Go on' : 'Pause'
  pause.setAttribute('aria-pressed', String(isPaused))
  if (isPaused) tell('Paused')
  else show()
})
clear.addEventListener('click', () => calls.replaceChildren())

function end({ reason, message }) {
  isOver = true
  source.close()
  tell(`Over: ${reason}${message ? `, ${message}` : ''}`)
}

function tell(text) {
  const counts = [`${shown} shown`, isPaused && `${held.length} waiting`, lost > 0 && `${lost} lost`]
  state.textContent = `${text}. ${counts.filter(Boolean).join(', ')}`
}

function show() {
  if (isPaused) return
  const rows = held.map(toRow)
  held = []
  shown += rows.length
  calls.prepend(...rows.reverse())
  while (calls.rows.length > MAX_ROWS) calls.lastElementChild.remove()
  if (!isOver) tell('Connected')
}

function toRow(message) {
  const row = document.createElement('tr')
  row.className = message.type === 'call' && message.error !== 'OK' ? 'failed' : message.type
  for (const text of toCells(message)) row.insertCell().textContent = text
  return row
}

function toCells(message) {
  const { type, time = '', comm = '', pid = '', syscall, args = {}, error, duration } = message
  const program = `${comm} ${pid}`
  if (type === 'lost') return ['', where(message), '', `${message.calls} lost: ${message.reason}`, '', '']
  if (type === 'over') return ['', '', '', `over: ${message.reason}`, '', '']
  if (type !== 'call') return [time.slice(11, 23), where(message), program, `thread ${type}s`, '', '']
  // An argument that this call does not use has no text.
  const texts = Object.values(args).flatMap(({ text }) => text || [])
  const result = error === 'OK' ? String(message.return) : error
  const took = duration === null || duration === undefined ? '' : `${(duration / 1000).toFixed(1)} µs`
  return [time.slice(11, 23), where(message), program, `${syscall.name}(${texts.join(', ')})`, result, took]
}

function where({ container, unit, cgroup }) {
  if (!container) return unit ?? cgroup ?? ''
  const { namespace, pod, name, id = '' } = container
  return [namespace, pod, name].filter(Boolean).join('/') || id.slice(0, 12)
}
