/** Terminals: how they are set, and how large they are. Of all structs of ioctl theirs are the longest. */
import { choice, flagsText, names } from './named.ts'
import { hex, printed, u8, u16, u32 } from './scalars.ts'
import { struct } from './struct.ts'
import type { Type } from './type.ts'

/** Bytes of the longest, `struct termios2`. */
export const IOCTL_ROOM = 44

/** Returns `type` with room for as many bytes as the longest of these structs. */
function inRoom(type: Type): Type {
  return { ...type, size: () => IOCTL_ROOM }
}

const INPUT = names(
  `IGNBRK=1 BRKINT=2 IGNPAR=4 PARMRK=8 INPCK=0x10 ISTRIP=0x20 INLCR=0x40 IGNCR=0x80 ICRNL=0x100 IUCLC=0x200 IXON=0x400
  IXANY=0x800 IXOFF=0x1000 IMAXBEL=0x2000 IUTF8=0x4000`,
)
const OUTPUT = names('OPOST=1 OLCUC=2 ONLCR=4 OCRNL=8 ONOCR=0x10 ONLRET=0x20 OFILL=0x40 OFDEL=0x80')
const CONTROL = names(
  'CSTOPB=0x40 CREAD=0x80 PARENB=0x100 PARODD=0x200 HUPCL=0x400 CLOCAL=0x800 CMSPAR=0x40000000 CRTSCTS=0x80000000',
)
const LOCAL = names(
  `ISIG=1 ICANON=2 XCASE=4 ECHO=8 ECHOE=0x10 ECHOK=0x20 ECHONL=0x40 NOFLSH=0x80 IEXTEN=0x8000 ECHOCTL=0x200 ECHOPRT=0x400
  ECHOKE=0x800 FLUSHO=0x1000 PENDIN=0x4000 TOSTOP=0x100 EXTPROC=0x10000`,
)
const DISCIPLINES = names(
  `TTY SLIP MOUSE PPP STRIP AX25 X25 6PACK MASC R3964 PROFIBUS_FDL IRDA SMSBLOCK HDLC SYNC_PPP HCI GIGASET_M101 SLCAN PPS V253
  CAIF GSM0710 TI_WL TRACESINK TRACEROUTER NCI SPEAKUP NULL`,
  'N_',
)
const CHARACTERS =
  `VINTR VQUIT VERASE VKILL VEOF VTIME VMIN VSWTC VSTART VSTOP VSUSP VEOL VREPRINT VDISCARD VWERASE VLNEXT
  VEOL2`.split(/\s+/)
const CHARACTER_COUNT = 19

const SPEEDS = `0 50 75 110 134 150 200 300 600 1200 1800 2400 4800 9600 19200 38400`.split(' ')
const HIGH_SPEEDS =
  `OTHER 57600 115200 230400 460800 500000 576000 921600 1000000 1152000 1500000 2000000 2500000 3000000 3500000
  4000000`.split(/\s+/)
const HIGH = 0x1000n
const INPUT_SPEED_SHIFT = 16n

const rest = (table: typeof INPUT, value: bigint) => flagsText(table, '')(value).replace(/ \/\*.*$/, '')
const bits = (value: bigint, shift: bigint, width: bigint) => (value >> shift) & ((1n << width) - 1n)

const speed = (value: bigint) => `B${(value & HIGH ? HIGH_SPEEDS : SPEEDS)[Number(value & 0xfn)]}`

/** Without flags nothing is shown. */
const plain = (table: typeof INPUT) => printed(u32, value => (value === 0n ? '' : rest(table, value)))

/** Delays, of which there is always one of each kind, then flags. */
function outputText(value: bigint): string {
  const tab = bits(value, 11n, 2n)
  const delays = [
    `NL${bits(value, 8n, 1n)}`,
    `CR${bits(value, 9n, 2n)}`,
    tab === 3n ? 'XTABS' : `TAB${tab}`,
    `BS${bits(value, 13n, 1n)}`,
    `VT${bits(value, 14n, 1n)}`,
    `FF${bits(value, 15n, 1n)}`,
  ]
  const others = value & ~0xff00n
  return [...delays, others === 0n ? '' : rest(OUTPUT, others)].join('|')
}

/** Speeds and the size of a character, then flags. */
function controlText(value: bigint): string {
  const input = (value >> INPUT_SPEED_SHIFT) & 0x100fn
  const others = value & ~0x100f103fn
  const texts = [
    speed(value),
    ...(input === 0n ? [] : [`${speed(input)}<<IBSHIFT`]),
    `CS${5n + bits(value, 4n, 2n)}`,
    others === 0n ? '' : rest(CONTROL, others),
  ]
  return texts.join('|')
}

/** `[[VINTR]=0x3, …]`. */
const characters: Type = {
  size: () => CHARACTER_COUNT,
  align: () => 1,
  print(memory, at) {
    const texts = Array.from(
      memory.slice(at, CHARACTER_COUNT),
      (byte, i) => `[${CHARACTERS[i] ?? i}]=${hex(BigInt(byte))}`,
    )
    return `[${texts.join(', ')}]`
  },
}

const fields = {
  c_iflag: plain(INPUT),
  c_oflag: printed(u32, outputText),
  c_cflag: printed(u32, controlText),
  c_lflag: plain(LOCAL),
  c_line: choice(u8, DISCIPLINES, 'N_???'),
  c_cc: characters,
}

/** The kernel's own struct, not the C library's. */
export const termios = inRoom(struct(fields))
/** The struct for speeds without names. */
export const termios2 = inRoom(struct({ ...fields, c_ispeed: u32, c_ospeed: u32 }))
export const winsize = struct({ ws_row: u16, ws_col: u16, ws_xpixel: u16, ws_ypixel: u16 })
