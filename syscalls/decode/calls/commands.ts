/** The table of a futex call whose times have the kind `timeout`. */
const futex = (name: string, timeout: string) => `${name}: futex_command 0x7f
FUTEX_WAIT                  uint ${timeout}
FUTEX_WAKE,FUTEX_FD         uint
FUTEX_REQUEUE               uint uint ptr
FUTEX_CMP_REQUEUE,FUTEX_CMP_REQUEUE_PI  uint uint ptr uint
FUTEX_WAKE_OP               uint uint ptr futex_wake_op_value
FUTEX_LOCK_PI,FUTEX_LOCK_PI2  nothing ${timeout}
FUTEX_UNLOCK_PI,FUTEX_TRYLOCK_PI
FUTEX_WAIT_BITSET           uint ${timeout} nothing futex_bits
FUTEX_WAKE_BITSET           uint nothing nothing futex_bits
FUTEX_WAIT_REQUEUE_PI       uint ${timeout} ptr
*                           uint hex ptr hex32`

/**
 * The arguments behind a command: a line per command or several, a word per argument. The line `*` is for all other commands, and
 * those without a name. `table: family of the commands [mask [shift]]` begins a table.
 */
const TEXT = `
fcntl: fcntl
F_DUPFD,F_DUPFD_CLOEXEC,F_SETOWN  int
F_DUPFD_QUERY               fd
F_GETFD,F_GETFL,F_GETOWN,F_GETSIG,F_GETLEASE,F_GETPIPE_SZ,F_GET_SEALS,F_CREATED_QUERY
F_SETFD                     fd_flags
F_SETFL                     open_flags
F_SETSIG                    signal
F_SETLEASE                  lease
F_SETPIPE_SZ                ulong
F_ADD_SEALS                 seals
F_NOTIFY                    notify
F_GETLK,F_SETLK,F_SETLKW,F_OFD_GETLK,F_OFD_SETLK,F_OFD_SETLKW,F_GETLK64,F_SETLK64,F_SETLKW64,F_CANCELLK  fcntl_argument
F_SETOWN_EX,F_GETOWN_EX,F_GETOWNER_UIDS  fcntl_argument
*                           hex

prctl: prctl
PR_SET_PDEATHSIG            signal
PR_GET_PDEATHSIG            out_signal_pointed
PR_GET_DUMPABLE,PR_GET_KEEPCAPS,PR_GET_TIMING,PR_GET_SECCOMP,PR_GET_SECUREBITS,PR_GET_TIMERSLACK
PR_SET_DUMPABLE             prctl_dumpable
PR_SET_KEEPCAPS,PR_SET_TIMING,PR_SET_CHILD_SUBREAPER  ulong
PR_SET_NAME                 string
PR_GET_NAME                 out_string
PR_SET_SECCOMP              prctl_seccomp seccomp_program
PR_CAPBSET_READ,PR_CAPBSET_DROP  capability
PR_GET_TSC,PR_GET_CHILD_SUBREAPER  out_uint_pointed
PR_SET_TSC                  prctl_tsc
PR_SET_SECUREBITS           prctl_securebits
PR_SET_TIMERSLACK           long
PR_TASK_PERF_EVENTS_DISABLE,PR_TASK_PERF_EVENTS_ENABLE
PR_MCE_KILL                 prctl_mce_kill prctl_mce_policy ulong ulong
PR_MCE_KILL_GET,PR_SET_NO_NEW_PRIVS,PR_GET_NO_NEW_PRIVS,PR_SET_THP_DISABLE  ulong ulong ulong ulong
PR_SET_MM                   prctl_mm hex ulong ulong
PR_SET_PTRACER              prctl_ptracer
PR_GET_TID_ADDRESS          out_pointer_pointed
PR_GET_THP_DISABLE,PR_SET_IO_FLUSHER,PR_GET_IO_FLUSHER,PR_GET_MDWE  ulong ulong ulong ulong
PR_CAP_AMBIENT              prctl_cap_ambient capability_if_ambient ulong ulong
PR_GET_SPECULATION_CTRL     prctl_spec
PR_SET_SPECULATION_CTRL     prctl_spec prctl_spec_set
PR_SET_SYSCALL_USER_DISPATCH prctl_dispatch hex hex ptr
PR_SCHED_CORE               prctl_sched_core int prctl_pid_type ptr
PR_SET_VMA                  prctl_vma hex ulong string
PR_SET_MDWE                 prctl_mdwe ulong ulong ulong
*                           hex hex hex hex

arch_prctl: arch_prctl
ARCH_SET_FS,ARCH_SET_GS,ARCH_GET_XCOMP_SUPP,ARCH_GET_XCOMP_PERM,ARCH_GET_XCOMP_GUEST_PERM  ptr
ARCH_GET_FS,ARCH_GET_GS     out_pointer_pointed
ARCH_GET_CPUID
ARCH_SET_CPUID              hex
*                           hex

${futex('futex', 'futex_timeout')}

${futex('futex64', 'futex_timeout64')}

ptrace: ptrace
PTRACE_TRACEME
PTRACE_ATTACH,PTRACE_INTERRUPT,PTRACE_KILL,PTRACE_LISTEN  int
PTRACE_CONT,PTRACE_SYSCALL,PTRACE_SYSEMU,PTRACE_SYSEMU_SINGLESTEP,PTRACE_SINGLESTEP  int ptr signal
PTRACE_SINGLEBLOCK,PTRACE_DETACH  int ptr signal
PTRACE_SEIZE,PTRACE_SETOPTIONS  int ptr ptrace_options(long)
PTRACE_GETREGSET,PTRACE_SETREGSET  int ptrace_register_set ptr
PTRACE_PEEKSIGINFO          int ptr ptr
PTRACE_GETSIGMASK,PTRACE_SETSIGMASK,PTRACE_SECCOMP_GET_FILTER,PTRACE_SECCOMP_GET_METADATA  int ulong ptr
PTRACE_GET_SYSCALL_INFO     int ulong ptr
PTRACE_GETEVENTMSG          int ptr out_ulong_pointed
*                           int ptr hex

keyctl: keyctl
KEYCTL_GET_KEYRING_ID       keyring int
KEYCTL_JOIN_SESSION_KEYRING string
KEYCTL_UPDATE,KEYCTL_READ   keyring ptr ulong
KEYCTL_REVOKE,KEYCTL_CLEAR,KEYCTL_ASSUME_AUTHORITY,KEYCTL_INVALIDATE  keyring
KEYCTL_CHOWN                keyring id id
KEYCTL_SETPERM              keyring hex32
KEYCTL_DESCRIBE,KEYCTL_GET_SECURITY  keyring out_string ulong
KEYCTL_LINK,KEYCTL_UNLINK   keyring keyring
KEYCTL_SEARCH               keyring string string keyring
KEYCTL_INSTANTIATE,KEYCTL_INSTANTIATE_IOV  keyring ptr ulong keyring
KEYCTL_NEGATE               keyring uint keyring
KEYCTL_SET_REQKEY_KEYRING   int
KEYCTL_SET_TIMEOUT          keyring uint
KEYCTL_SESSION_TO_PARENT
KEYCTL_REJECT               keyring uint uint keyring
KEYCTL_GET_PERSISTENT       id keyring
KEYCTL_RESTRICT_KEYRING     keyring string string
KEYCTL_MOVE                 keyring keyring keyring hex32
KEYCTL_CAPABILITIES         ptr ulong
*                           hex hex hex hex

seccomp: seccomp
SECCOMP_SET_MODE_STRICT,SECCOMP_GET_NOTIF_SIZES  hex32 ptr
SECCOMP_SET_MODE_FILTER     seccomp_flags seccomp_program
SECCOMP_GET_ACTION_AVAIL    hex32 seccomp_action
*                           hex32 hex

shmctl: shmctl 0xfffffeff
IPC_RMID,SHM_LOCK,SHM_UNLOCK  ptr
IPC_STAT                    out_shmid_ds
IPC_SET                     shmid_ds
*                           ptr

msgctl: msgctl 0xfffffeff
IPC_STAT                    out_msqid_ds
IPC_SET                     msqid_ds
*                           ptr

semctl: semctl 0xfffffeff
IPC_RMID                    ptr
IPC_STAT                    out_semid_ds
IPC_SET                     semid_ds
*                           ptr

ipc: ipc_call 0xffff
SEMOP                       int uint nothing ptr
SEMTIMEDOP                  int uint nothing ptr ptr
SEMGET                      key int ipc_get
SEMCTL                      int int semctl ptr
MSGSND                      int ulong msg_flags ptr
MSGRCV                      int ulong msg_flags ptr long
MSGGET                      key ipc_get
MSGCTL                      int msgctl nothing ptr
SHMAT                       int shmat ptr ptr
SHMDT                       nothing nothing nothing ptr
SHMGET                      key ulong shm_get
SHMCTL                      int shmctl nothing ptr
*                           hex hex hex ptr hex

fsconfig: fsconfig
FSCONFIG_SET_FLAG           string ptr int
FSCONFIG_SET_STRING         string string int
FSCONFIG_SET_BINARY         string bytes(4) int
FSCONFIG_SET_PATH,FSCONFIG_SET_PATH_EMPTY  string path dirfd
FSCONFIG_SET_FD             string ptr fd
FSCONFIG_CMD_CREATE,FSCONFIG_CMD_RECONFIGURE,FSCONFIG_CMD_CREATE_EXCL  ptr ptr int
*                           ptr ptr int

kcmp: kcmp
KCMP_FILE                   int int
KCMP_EPOLL_TFD              int ptr
KCMP_VM,KCMP_FILES,KCMP_FS,KCMP_SIGHAND,KCMP_IO,KCMP_SYSVSEM
*                           hex hex

reboot: reboot
LINUX_REBOOT_CMD_RESTART2   string
*

syslog: syslog
SYSLOG_ACTION_CLOSE,SYSLOG_ACTION_OPEN,SYSLOG_ACTION_CLEAR,SYSLOG_ACTION_CONSOLE_OFF
SYSLOG_ACTION_CONSOLE_ON,SYSLOG_ACTION_SIZE_UNREAD,SYSLOG_ACTION_SIZE_BUFFER
SYSLOG_ACTION_CONSOLE_LEVEL nothing int
*                           out_bytes int

ioctl: ioctl
FIONCLEX,FIOCLEX,TIOCNOTTY,TIOCEXCL,TIOCNXCL,TIOCVHANGUP,TIOCSBRK,TIOCCBRK,TIOCCONS,BLKRRPART,BLKFLSBUF
TCGETS                      out_termios
TCGETS2                     out_termios2
TCSETS,TCSETSW,TCSETSF      termios
TCSETS2,TCSETSW2,TCSETSF2   termios2
TIOCGWINSZ                  out_winsize
TIOCSWINSZ                  winsize
TCSBRK,TCSBRKP,TCXONC,TCFLSH,TIOCSCTTY,TUNSETPERSIST,TUNSETNOCSUM  int
FIONREAD,TIOCOUTQ,TIOCGPGRP,TIOCGSID,TIOCGETD,TIOCGPTN,TIOCGEXCL,TIOCGPTLCK  out_int_pointed
FIONBIO,FIOASYNC,TIOCSPGRP,TIOCSETD,TIOCSPTLCK,BLKROSET,TIOCPKT  int_pointed
BLKROGET,BLKBSZGET,BLKSSZGET  out_int_pointed
BLKGETSIZE                  out_ulong_pointed
BLKGETSIZE64                out_u64_pointed
FICLONE,LOOP_SET_FD,LOOP_CHANGE_FD  fd
LOOP_CLR_FD,NS_GET_USERNS,NS_GET_PARENT,NS_GET_NSTYPE
FS_IOC_GETFLAGS,FS_IOC32_GETFLAGS  out_inode_flags
FS_IOC_SETFLAGS,FS_IOC32_SETFLAGS  inode_flags
SIOCGIFINDEX                out_ifreq(ifindex)
SIOCGIFFLAGS                out_ifreq(flags)
SIOCSIFFLAGS                ifreq(flags)
SIOCGIFADDR                 out_ifreq(addr)
SIOCSIFADDR                 ifreq(addr)
SIOCGIFDSTADDR              out_ifreq(dstaddr)
SIOCSIFDSTADDR              ifreq(dstaddr)
SIOCGIFBRDADDR              out_ifreq(broadaddr)
SIOCSIFBRDADDR              ifreq(broadaddr)
SIOCGIFNETMASK              out_ifreq(netmask)
SIOCSIFNETMASK              ifreq(netmask)
SIOCGIFMETRIC               out_ifreq(metric)
SIOCSIFMETRIC               ifreq(metric)
SIOCGIFMTU                  out_ifreq(mtu)
SIOCSIFMTU                  ifreq(mtu)
SIOCGIFHWADDR               out_ifreq(hwaddr)
SIOCSIFHWADDR,SIOCADDMULTI,SIOCDELMULTI  ifreq(hwaddr)
SIOCGIFTXQLEN               out_ifreq(qlen)
SIOCSIFTXQLEN               ifreq(qlen)
SIOCSIFNAME                 ifreq(newname)
SIOCGIFNAME,SIOCGIFCONF,SIOCETHTOOL  ptr
*                           hex

quotactl: quota_command 0xffffffff 8
Q_QUOTAON                   path quota_format path
Q_QUOTAOFF,Q_SYNC           path
Q_GETQUOTA                  path id out_dqblk
Q_SETQUOTA                  path id dqblk
Q_GETFMT                    path nothing out_int_pointed
Q_GETINFO,Q_SETINFO         path nothing ptr
*                           path id ptr

quotactl_fd: quota_command 0xffffffff 8
*                           int ptr
`

export interface CommandTable {
  /** The commands' family of constants. */
  readonly family: string
  /** The command is what these bits say, shifted down. */
  readonly mask: number
  readonly shift: number
  /** The kind of each argument behind a command, by the command's name. */
  readonly lines: ReadonlyMap<string, readonly string[]>
  readonly otherwise: readonly string[]
}

const HEAD = /^(\w+): (\w+)(?: (0x[0-9a-f]+))?(?: (\d+))?$/

let tables: ReadonlyMap<string, CommandTable> | undefined

/** All tables by name, read from the text once. */
export function commandTables(): ReadonlyMap<string, CommandTable> {
  tables ??= new Map(TEXT.trim().split('\n\n').map(toTable))
  return tables
}

/** Returns the table of this name. Throws for an unknown name. */
export function commandTable(name: string): CommandTable {
  const table = commandTables().get(name)
  if (table === undefined) throw new Error(`${name}: must be a table of commands`)
  return table
}

function toTable(text: string): [string, CommandTable] {
  const [head = '', ...rest] = text.split('\n')
  const [, name, family, mask = '0xffffffff', shift = '0'] = HEAD.exec(head) ?? []
  if (name === undefined) throw new Error(`table of commands: cannot read "${head}"`)
  const lines = new Map(
    rest.flatMap(line => {
      const [commands = '', ...words] = line.trim().split(/\s+/)
      return commands.split(',').map(command => [command, words] as const)
    }),
  )
  const otherwise = lines.get('*') ?? []
  lines.delete('*')
  return [name, { family: family!, mask: Number(mask), shift: Number(shift), lines, otherwise }]
}
