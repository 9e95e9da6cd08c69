/**
 * One BPF object, one addon, on many kernels: the running one, and Debian's for two architectures in QEMU, each with and without
 * lockdown=confidentiality, with cgroup v2 only, v1 beside it, and v1 only.
 */
// Takes minutes.
// Beside others: it does not mind, nor do they.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Unavailable } from '../../kit/cache.ts'
import { type Lack, lacksBpf, lacksCommand, lacksRoot, requireAll, when } from '../../kit/skip.ts'
import type { Architecture } from './apt.ts'
import { compareWithGolden, hasGolden, type ProgramCost, type VerifierStatistics } from './golden.ts'
import { CALLS, PREFIX, type Result, TRACED_FOLDER, TRACED_PATH } from './guest/scenario.ts'
import { buildInitramfs } from './initramfs.ts'
import { imageOf, KERNELS, type Kernel } from './kernels.ts'
import { boot, emulatorOf } from './qemu.ts'
import { addon, bpfObject, workloads } from './toolchain.ts'

requireAll(
  arch() === 'x64' ? undefined : 'needs an x86-64 host',
  ...['clang', 'ld.lld', 'make', 'readelf'].map(lacksCommand),
)

/** The v1 controller, or v2, that tells cgroups apart in each layout of guest/init. */
const LAYOUTS = { unified: 'v2', hybrid: 'v2', legacy: 'pids' } as const
const LOCKDOWNS = ['none', 'confidentiality'] as const
const COMPAT: Record<Architecture, string> = { amd64: 'i386', arm64: 'arm' }
/** A boot takes 10 to 15 s on an idle machine of two cores. */
const BOOT_LIMIT_MS = 120_000

const folder = mkdtempSync(join(tmpdir(), 'swoll-matrix-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const clang = execFileSync('clang', ['-dumpversion'], { encoding: 'utf8' }).trim()

function checkCounts(result: Result, architecture: Architecture): void {
  const compat = COMPAT[architecture]
  for (const [mode, found] of Object.entries(result.modes)) {
    assert.equal(
      found.counted,
      {
        [`${compat} exit_group OK no_return`]: 1,
        [`${compat} getppid OK returned`]: CALLS[1],
        'native exit_group OK no_return': 1,
        'native getppid OK returned': CALLS[0],
      },
      mode,
    )
    assert.equal([found.unaccounted, found.lost], ['0', {}], mode)
    const isWithheld = result.lockdown === 'confidentiality'
    assert.is(found.birth, isWithheld ? 'no name' : 'name', mode)
    assert.equal(
      found.needs,
      isWithheld ? ['CAP_DAC_READ_SEARCH'] : [],
      `${mode}: capabilities that reading on takes`,
    )
  }
}

/** On Linux 6.2 and later a call in flight is seen with the memory it was given, before without. */
function checkInFlight({ trace, kernel }: Result): void {
  const [major = 0, minor = 0] = kernel.split('.').map(Number)
  const canRead = major > 6 || (major === 6 && minor >= 2)
  const path = canRead ? '"/tmp/folder/pipe"' : '0x[0-9a-f]+'
  assert.match(
    trace.inFlight.join('\n'),
    new RegExp(`^openat\\(AT_FDCWD<[^>]+>, ${path}, O_RDONLY(\\|\\w+)?\\) = \\?$`),
  )
  assert.is(trace.canRead, canRead)
  const programs = Object.keys(trace.programs).filter(name => name.startsWith('show_'))
  // Before, which of the two is loaded depends on what a stable kernel has been given.
  assert.is(programs.length, 1)
  assert.match(programs[0]!, canRead ? /^show_calls$/ : /^show_(calls|numbers)$/)
}

/** Tracing reads the kernel's memory, which lockdown=confidentiality forbids; elsewhere a call is seen as it was. */
function checkTrace(result: Result): void {
  const { trace, lockdown } = result
  if (lockdown === 'confidentiality') {
    assert.equal([trace.calls, trace.inFlight], [[], []])
    assert.match(trace.refusal!, /trace\.bpf\.o: bpf_object__load/)
    return
  }
  assert.is(trace.refusal, null)
  const call = `openat(AT_FDCWD<${TRACED_FOLDER}>, "${TRACED_PATH}", O_RDONLY)`
  assert.equal(trace.calls, [`${call} = -1 ENOENT (No such file or directory)`])
  checkInFlight(result)
}

/** Returns the verifier's cost of `latency: exact` and of tracing; several results add the programs that only some of them load. */
function toStatistics(...results: readonly Result[]): VerifierStatistics {
  const programs: Record<string, ProgramCost> = {}
  for (const { modes, trace } of results)
    for (const [name, [instructions, bytes]] of Object.entries({
      ...modes.exact!.programs,
      ...trace.programs,
    }))
      programs[name] = { verified_instructions: instructions, translated_bytes: bytes }
  return { kernel: results[0]!.kernel, clang, programs }
}

function checkCosts(name: string, measured: VerifierStatistics): void {
  const { failures, notes } = compareWithGolden(name, measured)
  for (const note of notes) process.stdout.write(`note: ${name}: ${note}\n`)
  assert.equal(failures, [])
}

const running = suite('the running kernel')
const here = when(running, lacksRoot() ?? lacksBpf())
let ran: Result
here('counts exactly in every latency mode', () => {
  addon('amd64')
  bpfObject()
  const script = join(import.meta.dirname, 'guest', 'scenario.ts')
  const args = [script, 'host', 'exact,sampled,off', ...workloads('amd64')]
  const output = execFileSync(process.execPath, args, { encoding: 'utf8' })
  ran = JSON.parse(output.slice(PREFIX.length)) as Result
  assert.equal(Object.keys(ran.modes), ['exact', 'sampled', 'off'])
  checkCounts(ran, 'amd64')
})
here('is traced', () => checkTrace(ran))
here('costs the verifier what it did', () => {
  const name = `${/^\d+\.\d+/.exec(ran.kernel)![0]}-amd64`
  if (hasGolden(name)) checkCosts(name, toStatistics(ran))
  else process.stdout.write(`note: no figures are kept for the kernel of this machine, ${ran.kernel}\n`)
})
running.run()

/** The initramfs of each architecture, built once. */
const initramfs = new Map<Architecture, string>()

/** Fetches and builds all that booting the kernel takes. */
function prepare(kernel: Kernel): Lack {
  const lack = lacksCommand(emulatorOf(kernel.architecture))
  if (lack !== undefined) return lack
  try {
    imageOf(kernel)
    if (initramfs.has(kernel.architecture)) return undefined
    const path = join(folder, `${kernel.architecture}.cpio`)
    buildInitramfs(path, kernel.architecture)
    initramfs.set(kernel.architecture, path)
    return undefined
  } catch (error) {
    if (error instanceof Unavailable) return error.message
    throw error
  }
}

/** Boots once and gives the result of each layout. */
async function runGuest(kernel: Kernel, lockdown: string): Promise<Map<string, Result>> {
  const lines = await boot({
    architecture: kernel.architecture,
    kernel: imageOf(kernel),
    initramfs: initramfs.get(kernel.architecture)!,
    arguments: lockdown === 'none' ? [] : [`lockdown=${lockdown}`],
    limitMs: BOOT_LIMIT_MS,
  })
  const results = lines
    .filter(line => line.startsWith(PREFIX))
    // The kernel may have written on the same line.
    .map(line => JSON.parse(line.slice(PREFIX.length, line.lastIndexOf('}') + 1)) as Result)
  assert.equal(
    results.map(result => result.layout),
    Object.keys(LAYOUTS),
    `the guest printed:\n${lines.filter(line => !line.startsWith(PREFIX)).join('\n')}`,
  )
  return new Map(results.map(result => [result.layout, result]))
}

for (const kernel of KERNELS) {
  const emulated = suite(`kernel ${kernel.name}`)
  const there = when(emulated, prepare(kernel))
  const unified: Result[] = []
  for (const lockdown of LOCKDOWNS) {
    let results = new Map<string, Result>()
    there(`boots and reports under lockdown ${lockdown}`, async () => {
      results = await runGuest(kernel, lockdown)
      for (const result of results.values()) assert.is(result.lockdown, lockdown)
      unified.push(results.get('unified')!)
    })
    there(`is traced, or says why not, under lockdown ${lockdown}`, () => checkTrace(results.get('unified')!))
    for (const [layout, hierarchy] of Object.entries(LAYOUTS))
      there(`counts exactly under lockdown ${lockdown}, cgroup layout ${layout}`, () => {
        const result = results.get(layout)!
        assert.is(result.hierarchy, hierarchy)
        checkCounts(result, kernel.architecture)
      })
  }
  there('costs the verifier what it did', () => checkCosts(kernel.name, toStatistics(...unified)))
  emulated.run()
}
