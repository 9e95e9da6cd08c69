/** What goes with a message besides its data. */
import { inetAddress } from './internet.ts'
import { Memory } from './memory.ts'
import { choiceText, names } from './named.ts'
import { address, i32, size, u32 } from './scalars.ts'
import { struct } from './struct.ts'
import { timespec, timespec64, timeval } from './times.ts'
import type { Type } from './type.ts'

const LEVELS = names(
  `IP SOCKET ICMP=1 TCP=6 UDP=17 IPV6=41 ICMPV6=58 SCTP=132 UDPLITE=136 RAW=255 IPX=256 AX25 ATALK NETROM ROSE DECNET X25 PACKET ATM
  AAL IRDA NETBEUI LLC DCCP NETLINK TIPC RXRPC PPPOL2TP BLUETOOTH PNPIPE RDS IUCV CAIF ALG NFC KCM TLS XDP MPTCP`,
  'SOL_',
)
const SCM = names(
  `RIGHTS=1 CREDENTIALS SECURITY TIMESTAMP_OLD=29 TIMESTAMPNS_OLD=35 TIMESTAMPING_OLD=37 WIFI_STATUS=41 TIMESTAMPING_OPT_STATS=54
  TIMESTAMPING_PKTINFO=58 TXTIME=61 TIMESTAMP_NEW=63 TIMESTAMPNS_NEW TIMESTAMPING_NEW`,
  'SCM_',
)
