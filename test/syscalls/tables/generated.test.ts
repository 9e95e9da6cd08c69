import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = join(import.meta.dirname, '../../..')
const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/generate-syscalls.ts'), ...args], { encoding: 'utf8' })

/** Folder with the least headers the script accepts. */
function miniSources(folder: string, x86: string): string {
  const files: Record<string, string> = {
    VERSIONS: 'mini=1',
    'usr/lib/linux/uapi/x86/asm/unistd_64.h': x86,
    'usr/lib/linux/uapi/x86/asm/unistd_32.h': '#define __NR_exit 1\n',
    'usr/lib/linux/uapi/x86/asm/unistd_x32.h': '#define __NR_ioctl (__X32_SYSCALL_BIT + 514)\n',
    'usr/lib/linux/uapi/arm64/asm/unistd_64.h': '#define __NR_io_setup 0\n',
    'usr/lib/linux/uapi/arm/asm/unistd-eabi.h': '#define __NR_exit (__NR_SYSCALL_BASE + 1)\n',
    'usr/lib/linux/uapi/arm/asm/unistd.h': '#define __ARM_NR_cacheflush		(__ARM_NR_BASE+2)\n',
    'usr/include/asm-generic/errno-base.h': '#define	EPERM		 1	/* no */\n',
    'usr/include/asm-generic/errno.h': '#define	EWOULDBLOCK	EAGAIN\n',
    'usr/src/linux-headers-1-common/include/linux/errno.h': '#define ENOTSUPP	524\n',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const s = suite('generate-syscalls')
const rows: [string, string, number, RegExp][] = [
  [
    'says that other headers give other tables',
    '#define __NR_read 0\n',
    1,
    /syscalls\.ts: differs from what mini=1/,
  ],
  ['refuses two names for one number', '#define __NR_a 7\n#define __NR_b 7\n', 2, /7: is both a and b/],
  ['refuses a number it cannot read', '#define __NR_a (OTHER + 7)\n', 2, /unistd_64\.h: cannot read/],
]
for (const [title, x86, status, message] of rows) {
  s(title, () => {
    const folder = mkdtempSync(join(tmpdir(), 'swoll-headers-'))
    try {
      const result = run('--check', '--sources', miniSources(folder, x86))
      assert.is(result.status, status)
      assert.match(result.stderr, message)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
s('refuses a folder without headers', () => assert.is(run('--check', '--sources', '/nonexistent').status, 2))
s('asks for its sources', () => assert.match(run().stderr, /usage: generate-syscalls/))

// SWOLL_KERNEL_HEADERS: what scripts/fetch-kernel-headers.sh unpacked.
const sources = process.env.SWOLL_KERNEL_HEADERS
if (sources !== undefined) {
  s('the tables in the tree are what the headers give', () => {
    const result = run('--check', '--sources', sources)
    assert.is(result.status, 0, result.stderr)
  })
}
s.run()
