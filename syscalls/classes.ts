/**
 * The kind of work that each system call does: seven classes, each of several groups. The classification of the original
 * swoll, by Critical Stack (305 calls of x86-64, its two misspelt group names spelt right), with a home for every call it
 * did not know: newer ones, and those of i386, x32, arm and arm64.
 */
const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  FileSystem: {
    Files: `
      close creat open openat name_to_handle_at open_by_handle_at memfd_create mknod mknodat rename
      renameat renameat2 truncate ftruncate fallocate close_range memfd_secret openat2 truncate64
      ftruncate64`,
    Directories: `
      mkdir mkdirat rmdir getcwd chdir fchdir chroot getdents getdents64 lookup_dcookie readdir fchroot`,
    Links: 'link linkat symlink symlinkat unlink unlinkat readlink readlinkat',
    BasicAttributes: `
      umask stat lstat fstat newfstatat chmod fchmod fchmodat chown lchown fchown fchownat utime utimes
      futimesat utimensat access faccessat statx faccessat2 fchmodat2 file_getattr file_setattr oldstat
      oldfstat oldlstat stat64 lstat64 fstat64 fstatat64 chown32 lchown32 fchown32 utimensat_time64`,
    ExtendedAttributes: `
      setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr flistxattr removexattr
      lremovexattr fremovexattr keyctl add_key getxattrat listxattrat llistxattr removexattrat
      setxattrat`,
    Descriptors: 'ioctl fcntl dup dup2 dup3 flock fcntl64 stty gtty',
    ReadWrite: `
      read readv pread64 preadv write writev pwrite64 pwritev lseek sendfile copy_file_range preadv2
      pwritev2 _llseek sendfile64`,
    SynchronizedIO: 'fdatasync fsync msync sync_file_range sync syncfs bdflush arm_sync_file_range',
    AsynchronousIO: `
      io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_uring_enter
      io_uring_register io_uring_setup io_pgetevents_time64`,
    MultiplexedIO: `
      select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
      epoll_ctl_old epoll_pwait2 epoll_wait_old _newselect pselect6_time64 ppoll_time64`,
    Monitoring: `
      inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_init fanotify_mark`,
    MiscellaneousFiles: 'fadvise64 readahead getrandom cachestat fadvise64_64 arm_fadvise64_64',
  },
  Network: {
    Sockets: `
      socket socketpair getsockopt setsockopt getsockname getpeername bind listen accept accept4 connect
      shutdown socketcall`,
    IO: 'recvfrom recvmsg recvmmsg sendto sendmsg sendmmsg send recv recvmmsg_time64',
    Naming: 'sethostname setdomainname',
    Filtering: 'bpf',
  },
  Time: {
    TimeOfDay: 'time settimeofday gettimeofday stime ftime',
    POSIXClocks: `
      clock_settime clock_gettime clock_getres clock_adjtime clock_nanosleep clock_gettime64
      clock_settime64 clock_adjtime64 clock_getres_time64 clock_nanosleep_time64`,
    ClockTimers: `
      timer_create timer_delete timer_settime timer_gettime timer_getoverrun timer_gettime64
      timer_settime64`,
    SysTimers: 'alarm setitimer getitimer',
    FileDescriptorTimers: `
      timerfd_create timerfd_settime timerfd_gettime timerfd_gettime64 timerfd_settime64`,
    MiscellaneousTime: 'adjtimex nanosleep times',
  },
  System: {
    Kernel: 'create_module init_module finit_module delete_module get_kernel_syms query_module',
    Accounting: 'acct quotactl quotactl_fd',
    PrivilegedFileSystem: `
      pivot_root swapon swapoff mount umount2 nfsservctl fsconfig fsmount fsopen fspick listmount
      mount_setattr move_mount open_tree open_tree_attr statmount umount`,
    UnprivilegedFileSystem: 'ustat statfs fstatfs sysfs statfs64 fstatfs64',
    MiscellaneousSystem: `
      _sysctl syslog ioperm iopl personality vhangup reboot kexec_load kexec_file_load perf_event_open
      uname sysinfo afs_syscall getcpu getpmsg putpmsg security tuxcall vserver break prof profil lock
      mpx oldolduname olduname idle vm86old vm86 pciconfig_iobase pciconfig_read pciconfig_write`,
    Security: `
      landlock_add_rule landlock_create_ruleset landlock_restrict_self lsm_get_self_attr
      lsm_list_modules lsm_set_self_attr request_key`,
  },
  Signals: {
    Standard: `
      kill tkill tgkill pause signal sigaction sgetmask ssetmask sigsuspend sigpending sigprocmask
      sigreturn`,
    RealTime: `
      rt_sigaction rt_sigprocmask rt_sigpending rt_sigqueueinfo rt_tgsigqueueinfo rt_sigtimedwait
      rt_sigsuspend rt_sigreturn sigaltstack rt_sigtimedwait_time64`,
    FileDescriptor: 'signalfd signalfd4 eventfd eventfd2',
    MiscellaneousSignals: 'restart_syscall',
  },
  IPC: {
    Pipes: 'pipe pipe2 tee splice vmsplice',
    SharedMemory: 'shmget shmctl shmat shmdt',
    Semaphore: 'semget semctl semop semtimedop semtimedop_time64',
    Futex: `
      futex set_robust_list get_robust_list futex_requeue futex_wait futex_waitv futex_wake futex_time64`,
    MessageQueues: `
      msgget msgctl msgsnd msgrcv mq_open mq_unlink mq_getsetattr mq_timedsend mq_timedreceive mq_notify
      mq_timedsend_time64 mq_timedreceive_time64`,
    MiscellaneousIPC: 'ipc',
  },
  ProcessManagement: {
    Execution: 'clone fork vfork execve execveat exit exit_group wait4 waitid clone3 waitpid',
    Process: 'getpid getppid gettid',
    Session: 'setsid getsid',
    Group: 'setpgid getpgid getpgrp',
    User: `
      setuid getuid setgid getgid setresuid getresuid setresgid getresgid setreuid setregid setfsuid
      geteuid getegid setgroups getgroups setfsgid setuid32 getuid32 setgid32 getgid32 geteuid32
      getegid32 setreuid32 setregid32 setresuid32 getresuid32 setresgid32 getresgid32 setfsuid32
      setfsgid32 getgroups32 setgroups32`,
    Namespace: 'setns listns',
    Scheduling: `
      sched_setattr sched_getattr sched_setscheduler sched_getscheduler sched_setparam sched_getparam
      sched_setaffinity sched_getaffinity sched_get_priority_max sched_get_priority_min
      sched_rr_get_interval sched_yield setpriority getpriority ioprio_set ioprio_get nice
      sched_rr_get_interval_time64`,
    Resources: 'setrlimit getrlimit prlimit64 getrusage ugetrlimit ulimit',
    VirtualMemory: `
      brk mmap munmap mremap mprotect madvise mlock mlock2 mlockall mincore membarrier modify_ldt
      get_mempolicy map_shadow_stack mbind migrate_pages move_pages mseal munlock munlockall pkey_alloc
      pkey_free pkey_mprotect remap_file_pages set_mempolicy set_mempolicy_home_node userfaultfd mmap2
      cacheflush`,
    Threading: `
      capset capget set_thread_area get_thread_area set_tid_address arch_prctl rseq rseq_slice_yield
      set_tls get_tls`,
    MiscellaneousPM: `
      uselib prctl seccomp ptrace process_vm_readv process_vm_writev kcmp unshare uprobe uretprobe
      breakpoint usr26 usr32`,
    Pidfd: 'pidfd_getfd pidfd_open pidfd_send_signal process_madvise process_mrelease',
  },
}

/** Class and group of a system call. Every group is part of one class only. */
interface CallClass {
  readonly class: string
  readonly group: string
}

/** The class of a call that is not in the table. */
export const UNCLASSIFIED: CallClass = { class: 'Other', group: 'Unclassified' }

/** Names of groups as the original swoll spelt them, which filters still accept, and their spelling here. */
export const GROUP_ALIASES: ReadonlyMap<string, string> = new Map([
  ['PrivlidgedFileSystem', 'PrivilegedFileSystem'],
  ['UnprivledgedFileSystem', 'UnprivilegedFileSystem'],
])

const BY_NAME: ReadonlyMap<string, CallClass> = new Map(
  Object.entries(TABLE).flatMap(([name, groups]) =>
    Object.entries(groups).flatMap(([group, calls]) =>
      calls
        .trim()
        .split(/\s+/)
        .map(call => [call, { class: name, group }] as const),
    ),
  ),
)

/** Every call in the table, without the `sys_` prefix. */
export const CALL_NAMES: readonly string[] = [...BY_NAME.keys()]
/** Every class, `Other` last. */
export const CLASS_NAMES: readonly string[] = [...Object.keys(TABLE), UNCLASSIFIED.class]
/** Every group, `Unclassified` last; without the aliases. */
export const GROUP_NAMES: readonly string[] = [
  ...Object.values(TABLE).flatMap(groups => Object.keys(groups)),
  UNCLASSIFIED.group,
]

/** The class and group of a call, named without the `sys_` prefix; UNCLASSIFIED when it is not in the table. */
export function classify(name: string): CallClass {
  return BY_NAME.get(name) ?? UNCLASSIFIED
}
