/** `swoll top` on this kernel: its numbers against a workload that knows its calls, and the screen through every key. */
// Beside others: what it counts exactly are calls of a cgroup of its own.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statsTable } from '../../stats/api/table.ts'
import { RunningCli, runCli } from '../kit/cli.ts'
import { freePort } from '../kit/free-port.ts'
import { lacksCommand, requireBpf, when } from '../kit/skip.ts'
import { Terminal } from '../kit/tmux.ts'
import { Cgroup } from './kit/cgroup.ts'
import { runWorkload } from './kit/workload.ts'

requireBpf()

const SWOLL = join(import.meta.dirname, '../../bin/swoll')

const tables = suite('swoll top --once')

tables('counts each call of a workload, once', async () => {
  using cli = new RunningCli(['top', '-o', 'json', '--by', 'unit,syscall,errno', '--for', '8s'])
  await delay(3000)
  await using cgroup = Cgroup.create()
  const { expected } = await runWorkload(cgroup, 'threads', '64', '1009')
  while (!cli.stdout.endsWith('}\n')) await delay(50)
  const { rows } = statsTable.parse(JSON.parse(cli.stdout))
  const own = rows.filter(({ key }) => key.unit === `/${cgroup.name}`)
  const counted = expected.filter(({ outcome }) => outcome === null)
  assert.ok(counted.length >= 3)
  for (const { syscall, error, calls } of counted) {
    const row = own.find(({ key }) => key.syscall === syscall && key.errno === (error ?? 'OK'))
    assert.is(row?.calls, calls, syscall)
    assert.is(row?.errors, error === null ? 0 : calls, syscall)
  }
})

tables('prints a table of what was asked for', () => {
  const { status, stdout } = runCli([
    'top',
    '--once',
    '--for',
    '1s',
    '--by',
    'syscall',
    '--sort',
    'syscall',
    '--limit',
    '5',
  ])
  assert.is(status, 0)
  const [head, ...rows] = stdout.trimEnd().split('\n')
  assert.match(head!, /^SYSCALL +COUNT +RATE\/S +ERR\/S +TRBL\/S +P50 +P99 +TIME%$/)
  assert.is(rows.length, 5)
  const names = rows.map(row => row.split(' ')[0]!)
  assert.equal(names, names.toSorted())
})

tables('prints one after the other with --no-ui, and ends when nobody reads', () => {
  const command = `${SWOLL} top --no-ui -o json --by class --window 1s | head -n 3`
  const lines = execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trimEnd().split('\n')
  assert.is(lines.length, 3)
  const ends = lines.map(line => statsTable.parse(JSON.parse(line)).endMs)
  assert.ok(ends[0]! < ends[2]!)
})

tables('ends in order when interrupted, with what was counted so far', async () => {
  using cli = new RunningCli(['top', '--once', '--for', '1h', '--by', 'syscall'])
  await delay(3000)
  process.kill(cli.pid, 'SIGINT')
  assert.is(await cli.ended(), 0)
  assert.match(cli.stdout, /^SYSCALL/)
})

tables('asks agents, and says which one did not answer', async () => {
  const port = await freePort()
  const pipeline = '{metrics: {receivers: [ebpf], exporters: [charts]}}'
  const config = `{receivers: {ebpf: {collection_interval: 1s}}, exporters: {charts: {endpoint: "127.0.0.1:${port}"}}, service: {pipelines: ${pipeline}, telemetry: {metrics: {level: none}}}}`
  using agent = new RunningCli(['collector', `yaml:${config}`])
  await agent.logged(/Everything is ready/)
  await delay(3000)
  const args = ['top', '--once', '--by', 'syscall', '--limit', '3']
  const one = runCli([...args, '--agent', `127.0.0.1:${port}`])
  assert.is(one.status, 0, one.stderr)
  assert.is(one.stdout.trimEnd().split('\n').length, 4)
  const two = runCli([...args, '--agent', `127.0.0.1:${port},127.0.0.1:1`])
  assert.is(two.status, 1)
  assert.match(two.stdout, /^SYSCALL/)
  assert.match(two.stderr, /127\.0\.0\.1:1: must be an agent that answers/)
})

tables.run()

const screens = suite('swoll top')
const withTmux = when(screens, lacksCommand('tmux'))

for (const size of [
  { columns: 80, rows: 24 },
  { columns: 300, rows: 80 },
])
  withTmux(`takes every key at ${size.columns}x${size.rows}`, async () => {
    using terminal = new Terminal(`${SWOLL} top; echo "code $?"`, size)
    await terminal.shows(/of \d+$[\s\S]*vRATE\/S/m)
    assert.is(terminal.screen().trimEnd().split('\n').length, size.rows)
    const steps: readonly (readonly [keys: readonly string[], shows: RegExp])[] = [
      [['?'], /stand still/],
      [['x'], /SYSCALL/],
      [['2'], /namespaces/],
      [['3'], /workloads/],
      [['4'], /· pods/],
      [['5'], /· containers/],
      [['6'], /systemd units[\s\S]*UNIT/],
      [['7'], /· calls {2}/],
      [['8'], /CLASS +GROUP/],
      [['9'], /ERRNO +SYSCALL/],
      [['0'], /NODE/],
      [['1'], /calls with their errors/],
      [['g'], /namespaces/],
      [['G'], /calls with their errors/],
      [['Tab'], /namespaces/],
      [['BTab'], /calls with their errors/],
      [['7'], /· calls {2}/],
      [['Right'], /v(?!RATE)[A-Z]/],
      [['Left'], /vRATE\/S/],
      [['>', '<'], /vRATE\/S/],
      [['r'], /\^RATE\/S/],
      [['r'], /vRATE\/S/],
      [['e'], /errors only/],
      [['t'], /errors that are not to be expected/],
      [['w'], /without calls that wait by nature/],
      [['w'], /all calls/],
      [['-'], /last (1|1\.\d|0\.\d)s/],
      [['+'], /last [2-6](\.\d)?s/],
      [['/', 'f', 'u', 't', 'e'], /filter: fute_/],
      [['BSpace'], /filter: fut_/],
      [['Enter'], /filter: fut ·/],
      [['Escape'], /^all calls/m],
      [['Down', 'j', 'Up', 'k', 'NPage', 'PPage', 'End', 'Home'], /1-\d+ of/],
      [['Space'], /FROZEN/],
      [['Enter'], /syscall=/],
      [['Enter'], / · err/], // cut after a long name of a call
      [['BSpace', 'BSpace'], /· calls {2}/],
      [['Space'], /^(?![\s\S]*FROZEN)[\s\S]*last/],
    ]
    for (const [keys, shows] of steps) {
      terminal.keys(...keys)
      await terminal.shows(shows)
    }
    assert.not.match(terminal.screen(), /FROZEN/)
    terminal.keys('q')
    await terminal.shows(/code 0/)
  })

withTmux('follows the size of the terminal', async () => {
  using terminal = new Terminal(`${SWOLL} top`, { columns: 80, rows: 24 })
  await terminal.shows(/vRATE\/S/)
  terminal.resize(140, 40)
  await terminal.shows(/COUNT[\s\S]*P50/)
  terminal.resize(60, 12)
  const screen = await terminal.shows(/^q quit.{0,60}$/m)
  for (const line of screen.split('\n')) assert.ok(line.length <= 60, line)
  terminal.keys('C-c')
  await terminal.shows(/ready:$/m)
})

withTmux('goes to the shell and back, with the terminal as it was', async () => {
  using terminal = new Terminal(`echo before; ${SWOLL} top`, { columns: 80, rows: 24 })
  await terminal.shows(/vRATE\/S/)
  terminal.keys('C-z')
  await terminal.shows(/before[\s\S]*Stopped[\s\S]*ready:/)
  terminal.keys('f', 'g', 'Enter')
  await terminal.shows(/vRATE\/S/)
  terminal.keys('7')
  await terminal.shows(/· calls {2}/)
  terminal.keys('q')
  await terminal.shows(/ready:$/m)
})

for (const signal of ['TERM', 'INT', 'HUP', 'QUIT'])
  withTmux(`leaves the terminal as it was after SIG${signal}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'swoll-top-'))
    const [before, pid] = [join(folder, 'before'), join(folder, 'pid')]
    const command = `stty -a > ${before}; ${SWOLL} top & echo $! > ${pid}; fg; stty -a | cmp - ${before} && echo same`
    using terminal = new Terminal(command, { columns: 80, rows: 24 })
    await terminal.shows(/vRATE\/S/)
    process.kill(Number(readFileSync(pid, 'utf8')), `SIG${signal}`)
    await terminal.shows(/same/)
    rmSync(folder, { recursive: true })
  })

withTmux('has no colours with NO_COLOR, and has them without', async () => {
  for (const [env, has] of [
    ['NO_COLOR=1', false],
    ['NO_COLOR=', true],
  ] as const) {
    using terminal = new Terminal(`${env} ${SWOLL} top`, { columns: 80, rows: 24 })
    await terminal.shows(/vRATE\/S/)
    await delay(1500)
    const colour = `${String.fromCharCode(27)}[32m`
    assert.is(terminal.screen(true).includes(colour), has, env)
    terminal.keys('q')
    await terminal.shows(/ready:$/m)
  }
})

screens.run()
