/**
 * Records what strace prints for the calls of test/fixtures/strace/*.c, beside their registers and memory:
 * `node test/kit/strace-record.ts [NAME…]` writes test/fixtures/strace/<name>.<abi>.jsonl. Needs strace 6.1, gcc and IA-32
 * emulation. Every run gives other times, ids and addresses; the fixtures are what one run gave.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { RecordedCall } from './recorded-calls.ts'

const FOLDER = join(import.meta.dirname, '../fixtures/strace')
const FLAGS = [
  '-w',
  '-O1',
  '-ffreestanding',
  '-fno-stack-protector',
  '-nostdlib',
  '-static',
  '-fno-pie',
  '-no-pie',
]
const ABIS = { x86_64: [], i386: ['-m32', '-I/usr/include/x86_64-linux-gnu'] }
/** Calls whose lists are left out, as strace does it by default. All other structs are shown whole. */
const ABBREVIATED = 'getdents,getdents64,seccomp,prctl'

function record(source: string, abi: keyof typeof ABIS): string {
  const folder = mkdtempSync(join(tmpdir(), 'strace-record-'))
  try {
    const program = join(folder, 'program')
    const trace = join(folder, 'trace')
    execFileSync('gcc', [...FLAGS, ...ABIS[abi], source, '-o', program])
    const options = ['-e', `abbrev=${ABBREVIATED}`, '-e', 'signal=none', '-s', '32', '-o', trace]
    const output = execFileSync('strace', [...options, program], {
      env: { TZ: 'UTC' },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 26,
    })
    return joined(output.toString(), readFileSync(trace, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The calls between the two marks. */
function joined(output: string, trace: string): string {
  const lines = trace.split('\n')
  const isMark = (line: string) => line.startsWith('getppid()')
  // The kernel makes a call again that a signal without a handler interrupted; the program sees one.
  const texts = lines
    .slice(lines.findIndex(isMark) + 1, lines.findLastIndex(isMark))
    .filter(line => !line.includes(' = ? ERESTART'))
  const calls = output.trim().split('\n')
  if (calls.length !== texts.length) throw new Error(`${calls.length} calls recorded, ${texts.length} traced`)
  return calls
    .flatMap((line, i) => (line === '-' ? [] : [`${JSON.stringify(toCall(line, texts[i]!))}\n`]))
    .join('')
}

function toCall(line: string, text: string): RecordedCall {
  const [call, ...words] = line.split(' ')
  if (!text.startsWith(`${call}(`)) throw new Error(`${call} recorded, traced ${text}`)
  const registers = words.slice(0, 6)
  const [before, result, after] = words.slice(6) as [string, string, string]
  const ret = Number(BigInt.asIntN(registers[0]!.length * 4, BigInt(`0x${result}`)))
  return {
    text,
    args: registers.map(word => `0x${word.replace(/^0+(?=.)/, '')}`),
    ret,
    before: trimmed(before),
    ...(after === before ? {} : { after: trimmed(after) }),
  }
}

/** Returns the start of the arena without the zeros behind it, and its end without the zeros before it. */
function trimmed(memory: string): readonly [string, string] {
  const [start, end] = memory.split(',') as [string, string]
  return [start.replace(/(00)+$/, ''), end.replace(/^(00)+/, '')]
}

const wanted = process.argv.slice(2)
for (const file of readdirSync(FOLDER).filter(name => name.endsWith('.c'))) {
  const name = basename(file, '.c')
  if (wanted.length > 0 && !wanted.includes(name)) continue
  for (const abi of Object.keys(ABIS) as (keyof typeof ABIS)[])
    writeFileSync(join(FOLDER, `${name}.${abi}.jsonl`), record(join(FOLDER, file), abi))
}
