/** The constants set in the BPF object before it is loaded are those of this machine's kernel. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abisOf, MODES, toNumbers, toWord } from '../../kernel/settings.ts'
import * as layout from '../../native/generated/layout.ts'

const { numbersLayout, NO_NUMBER } = layout

/** The numbers of one ABI, in the order of struct swoll_numbers. */
function numbersOf(arch: string, abi: number): number[] {
  const words = new Uint32Array(toNumbers(arch).buffer)
  const perAbi = numbersLayout.size / 4
  return [...words.subarray(abi * perAbi, (abi + 1) * perAbi)]
}

const numbers = suite('toNumbers')
numbers('fills `numbers[ABIS]` to its last byte', () => {
  assert.is(toNumbers('x64').length, layout.ABIS * numbersLayout.size)
  assert.equal(
    [numbersLayout.exit, numbersLayout.exitGroup, numbersLayout.sigreturn, numbersLayout.rtSigreturn],
    [0, 4, 8, 12],
  )
  assert.equal(
    [numbersLayout.fork, numbersLayout.vfork, numbersLayout.clone, numbersLayout.clone3],
    [16, 20, 24, 28],
  )
})
/** exit, exit_group, sigreturn, rt_sigreturn, fork, vfork, clone, clone3. */
for (const [name, arch, abi, want] of [
  ['x86-64, which has no sigreturn', 'x64', layout.ABI_NATIVE, [60, 231, NO_NUMBER, 15, 57, 58, 56, 435]],
  ['i386', 'x64', layout.ABI_COMPAT, [1, 252, 119, 173, 2, 190, 120, 435]],
  [
    'x32, with its bit',
    'x64',
    layout.ABI_X32,
    [60, 231, NO_NUMBER, 513, 57, 58, 56, 435].map(n => (n === NO_NUMBER ? n : n + 0x4000_0000)),
  ],
  [
    'arm64, which has no fork',
    'arm64',
    layout.ABI_NATIVE,
    [93, 94, NO_NUMBER, 139, NO_NUMBER, NO_NUMBER, 220, 435],
  ],
  ['32-bit arm', 'arm64', layout.ABI_COMPAT, [1, 248, 119, 173, 2, 190, 120, 435]],
  ['the ABI that arm64 lacks', 'arm64', layout.ABI_X32, new Array<number>(8).fill(NO_NUMBER)],
] as const)
  numbers(`knows ${name}`, () => {
    assert.equal(numbersOf(arch, abi), want)
  })
numbers.run()

const abis = suite('abisOf')
abis('lists ABIs by the number that the kernel side gives them', () => {
  assert.is(abisOf('x64')[layout.ABI_NATIVE], 'x86_64')
  assert.is(abisOf('x64')[layout.ABI_COMPAT], 'i386')
  assert.is(abisOf('x64')[layout.ABI_X32], 'x32')
  assert.equal(abisOf('arm64'), ['arm64', 'arm', undefined])
})
abis.run()

const words = suite('toWord')
for (const [value, want] of [
  [0, [0, 0, 0, 0]],
  [1, [1, 0, 0, 0]],
  [-1, [255, 255, 255, 255]],
  [0x8000_0001, [1, 0, 0, 128]],
] as const)
  words(`has ${value} in little-endian order`, () => {
    assert.equal([...toWord(value)], want)
  })
words.run()

const modes = suite('MODES')
modes('tell the three modes apart', () => {
  assert.is(new Set(Object.values(MODES)).size, 3)
})
modes.run()
