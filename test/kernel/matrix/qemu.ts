/** Boots a kernel with an initramfs in QEMU, without KVM, and gives what it printed. */
import { spawn } from 'node:child_process'
import type { Architecture } from './apt.ts'

interface Boot {
  readonly architecture: Architecture
  readonly kernel: string
  readonly initramfs: string
  /** Added to the kernel's command line. */
  readonly arguments: readonly string[]
  /** The time after which the machine is killed. */
  readonly limitMs: number
}

/** The emulator of each architecture, and the name of its serial console. */
const MACHINES: Record<
  Architecture,
  readonly [program: string, console: string, options: readonly string[]]
> = {
  // QEMU 7.2 now and then leaves rubbish in the flags after cmpxchg16b, on which Linux 6.12 then dies: go without it
  amd64: ['qemu-system-x86_64', 'ttyS0', ['-cpu', 'max,cx16=off']],
  // the default pointer authentication costs three times the whole boot to emulate
  arm64: ['qemu-system-aarch64', 'ttyAMA0', ['-machine', 'virt', '-cpu', 'max,pauth-impdef=on']],
}

/** The program that `boot` runs. */
export function emulatorOf(architecture: Architecture): string {
  return MACHINES[architecture][0]
}

/**
 * QEMU's threads now and then run an instruction that the kernel has patched meanwhile as the breakpoint that stood there while it did, and the
 * kernel, which has none there any more, dies of it while it boots.
 */
const STALE_BREAKPOINT = /Oops: int3/
const MOST_BOOTS = 3

/** The lines of the serial console, once the guest powered off or panicked. Throws past the time limit, with the lines so far. */
export async function boot(options: Boot): Promise<string[]> {
  let output = ''
  for (let boots = 0; boots === 0 || (boots < MOST_BOOTS && STALE_BREAKPOINT.test(output)); boots++)
    output = await bootOnce(options)
  return output.split(/\r?\n/)
}

async function bootOnce(options: Boot): Promise<string> {
  const [program, console, machine] = MACHINES[options.architecture]
  const append = [`console=${console}`, 'quiet', 'panic=-1', ...options.arguments].join(' ')
  const common = ['-accel', 'tcg', '-smp', '4', '-m', '1536', '-nodefaults', '-no-reboot', '-display', 'none']
  const args = [...machine, ...common, '-serial', 'stdio', '-append', append]
  const guest = spawn(program, [...args, '-kernel', options.kernel, '-initrd', options.initramfs], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(options.limitMs),
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [guest.stdout, guest.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  await new Promise<void>((resolve, reject) => {
    guest.once('error', cause => reject(new Error(`${program}: ${cause.message}\n${output}`, { cause })))
    guest.once('close', () => resolve())
  })
  return output
}
