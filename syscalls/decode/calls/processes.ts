/** Calls on processes, their rights and limits. */
export const processes = `
fork,vfork,getpid,getppid,gettid,getpgrp,setsid,getuid,geteuid,getgid,getegid,getuid32,geteuid32,getgid32
clone                  1:child_stack=ptr 0:flags=clone_flags 2:parent_tid=clone_parent_tid 4:tls=clone_tls 3:child_tidptr=clone_child_tid
clone3                 clone_args(1) ulong
execve                 path string_list environment
execveat               dirfd path string_list environment at_flags
exit,exit_group,getpgid,getsid,nice  int
wait4                  int wait_status wait4 waited_rusage
waitpid                int wait_status wait4
waitid                 waitid_type int out_siginfo wait4 out_rusage
kill,tkill             int signal
tgkill                 int int signal
pidfd_open             int pidfd_open = fd
pidfd_getfd            fd int hex32 = fd
pidfd_send_signal      fd signal siginfo pidfd_signal
setpgid                int int
setuid,setgid,setfsuid,setfsgid,setuid32,setgid32,setfsuid32,setfsgid32  id
setreuid,setregid,setreuid32,setregid32  id id
setresuid,setresgid,setresuid32,setresgid32  id id id
getresuid,getresgid,getresuid32,getresgid32  out_uint_pointed out_uint_pointed out_uint_pointed
getgroups,getgroups32  int uint_returned
setgroups,setgroups32  int uint_array(0)
getegid32,sched_yield,rseq_slice_yield,restart_syscall,uretprobe,uprobe
capget                 cap_header out_cap_data
capset                 cap_header cap_data
prctl                  prctl of(prctl,0) of(prctl,0) of(prctl,0) of(prctl,0) = prctl
arch_prctl             arch_prctl of(arch_prctl,0)
personality            personality = personality
ptrace                 ptrace of(ptrace,0) of(ptrace,0) of(ptrace,0)
seccomp                seccomp of(seccomp,0) of(seccomp,0) = seccomp
setns                  fd setns
unshare                unshare(long)
getrlimit,ugetrlimit   rlimit out_rlimit
setrlimit              rlimit rlimit_struct
prlimit64              int rlimit rlimit64 out_rlimit64
getrusage              rusage_who out_rusage
getpriority            priority_which int
setpriority            priority_which int int
ioprio_get             ioprio_who int = ioprio
ioprio_set             ioprio_who int ioprio
sched_setscheduler     int sched_policy sched_param
sched_getscheduler     int = sched_policy
sched_setparam         int sched_param
sched_getparam         int out_sched_param
sched_setattr          int sched_attr uint
sched_getattr          int out_sched_attr uint uint
sched_get_priority_max,sched_get_priority_min  sched_policy
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
`
