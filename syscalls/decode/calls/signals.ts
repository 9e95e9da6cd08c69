/** Calls on signals, times and locks. */
export const signals = `
rt_sigaction           signal sigaction out_sigaction ulong
rt_sigprocmask         signal_how sigset(3) out_sigset(3) ulong
rt_sigpending          out_sigset(1) ulong
rt_sigsuspend          sigset(1) ulong
rt_sigtimedwait        sigset(3) out_siginfo timespec ulong = signal
rt_sigtimedwait_time64 sigset(3) out_siginfo timespec64 ulong = signal
rt_sigqueueinfo        int signal siginfo
rt_tgsigqueueinfo      int int signal siginfo
rt_sigreturn,sigreturn,pause
sigaltstack            stack out_stack
signal                 signal ptr = ptr
sigaction              signal old_sigaction out_old_sigaction
sigprocmask            signal_how old_sigset out_old_sigset
sigpending             out_old_sigset
sigsuspend             int int hex
sgetmask               = hex
ssetmask               hex32 = hex
signalfd               fd sigset(2) ulong = fd
signalfd4              fd sigset(2) ulong signalfd = fd
alarm                  uint
nanosleep              timespec timespec_left
clock_nanosleep        clock timer timespec timespec_left
clock_nanosleep_time64 clock timer timespec64 timespec64_left
clock_gettime,clock_getres  clock out_timespec
clock_gettime64,clock_getres_time64  clock out_timespec64
clock_settime          clock timespec
clock_settime64        clock timespec64
clock_adjtime          clock out_timex = adjtimex
clock_adjtime64        clock out_timex64 = adjtimex
adjtimex               out_timex = adjtimex
gettimeofday           out_timeval out_timezone
settimeofday           timeval timezone
time                   out_time = time
stime                  time
times                  out_tms
getitimer              itimer out_itimerval
setitimer              itimer itimerval out_itimerval
timer_create           clock sigevent out_int_pointed
timer_settime          int timer itimerspec out_itimerspec
timer_settime64        int timer itimerspec64 out_itimerspec64
timer_gettime          int out_itimerspec
timer_gettime64        int out_itimerspec64
timer_getoverrun,timer_delete  int
timerfd_create         clock timerfd = fd
timerfd_settime        fd timerfd itimerspec out_itimerspec
timerfd_settime64      fd timerfd itimerspec64 out_itimerspec64
timerfd_gettime        fd out_itimerspec
timerfd_gettime64      fd out_itimerspec64
futex                  ptr futex_op of(futex,1) of(futex,1) of(futex,1) of(futex,1)
futex_time64           ptr futex_op of(futex64,1) of(futex64,1) of(futex64,1) of(futex64,1)
futex_waitv            futex_wait_array(1) uint hex32 timespec64 clock
futex_wake             ptr hex int hex32
futex_wait             ptr hex hex hex32 timespec64 clock
futex_requeue          futex_wait_array_2 hex32 int int
`
