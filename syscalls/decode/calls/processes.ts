/** Calls on processes, their rights and limits. */
export const processes = `
fork
vfork
clone                  1:child_stack=ptr 0:flags=clone_flags 2:parent_tid=clone_parent_tid 4:tls=clone_tls 3:child_tidptr=clone_child_tid
clone3                 clone_args(1) ulong
execve                 path string_list environment
execveat               dirfd path string_list environment at_flags
exit                   int
exit_group             int
wait4                  int wait_status wait4 waited_rusage
waitpid                int wait_status wait4
waitid                 waitid_type int out_siginfo wait4 out_rusage
kill                   int signal
tkill                  int signal
tgkill                 int int signal
pidfd_open             int pidfd_open = fd
pidfd_getfd            fd int hex32 = fd
pidfd_send_signal      fd signal siginfo pidfd_signal
getpid
getppid
gettid
getpgrp
getpgid                int
setpgid                int int
getsid                 int
setsid
getuid
geteuid
getgid
getegid
setuid                 id
setgid                 id
setfsuid               id
setfsgid               id
setreuid               id id
setregid               id id
setresuid              id id id
setresgid              id id id
getresuid              out_uint_pointed out_uint_pointed out_uint_pointed
getresgid              out_uint_pointed out_uint_pointed out_uint_pointed
getgroups              int uint_returned
setgroups              int uint_array(0)
getuid32
geteuid32
getgid32
getegid32
setuid32               id
setgid32               id
setfsuid32             id
setfsgid32             id
setreuid32             id id
setregid32             id id
setresuid32            id id id
setresgid32            id id id
getresuid32            out_uint_pointed out_uint_pointed out_uint_pointed
getresgid32            out_uint_pointed out_uint_pointed out_uint_pointed
getgroups32            int uint_returned
setgroups32            int uint_array(0)
capget                 cap_header out_cap_data
capset                 cap_header cap_data
prctl                  prctl of(prctl,0) of(prctl,0) of(prctl,0) of(prctl,0) = prctl
arch_prctl             arch_prctl of(arch_prctl,0)
personality            personality = personality
ptrace                 ptrace of(ptrace,0) of(ptrace,0) of(ptrace,0)
seccomp                seccomp of(seccomp,0) of(seccomp,0) = seccomp
setns                  fd setns
unshare                unshare(long)
getrlimit              rlimit out_rlimit
setrlimit              rlimit rlimit_struct
prlimit64              int rlimit rlimit64 out_rlimit64
ugetrlimit             rlimit out_rlimit
getrusage              rusage_who out_rusage
getpriority            priority_which int
setpriority            priority_which int int
ioprio_get             ioprio_who int = ioprio
ioprio_set             ioprio_who int ioprio
nice                   int
sched_yield
sched_setscheduler     int sched_policy sched_param
sched_getscheduler     int = sched_policy
sched_setparam         int sched_param
sched_getparam         int out_sched_param
sched_setattr          int sched_attr uint
sched_getattr          int out_sched_attr uint uint
sched_get_priority_max sched_policy
sched_get_priority_min sched_policy
sched_setaffinity      int uint cpu_set(1)
sched_getaffinity      int uint out_cpu_set
sched_rr_get_interval  int out_timespec
sched_rr_get_interval_time64 int out_timespec64
getcpu                 out_uint_pointed out_uint_pointed ptr
kcmp                   int int kcmp of(kcmp,2) of(kcmp,2)
set_tid_address        hex
set_robust_list        ptr ulong
get_robust_list        int out_pointer_pointed out_size_pointed
rseq                   ptr hex32 rseq hex32
rseq_slice_yield
umask                  octal = octal
landlock_create_ruleset landlock_ruleset(1) ulong landlock_create = landlock
landlock_add_rule      fd landlock_rule landlock_path hex32
landlock_restrict_self fd landlock_restrict
lsm_get_self_attr      lsm_attr ptr ptr lsm_flags
lsm_set_self_attr      lsm_attr ptr uint lsm_flags
lsm_list_modules       ptr ptr hex32
add_key                string string bytes(3) ulong keyring
request_key            string string string keyring
keyctl                 keyctl of(keyctl,0) of(keyctl,0) of(keyctl,0) of(keyctl,0)
restart_syscall
uretprobe
uprobe
`
