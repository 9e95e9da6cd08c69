/** Calls on files: the kind of each argument, and behind `=` of what is returned. */
export const files = `
read                   fd out_payload ulong
write                  fd payload(2) ulong
open                   path open_flags mode_if_creat = fd
openat                 dirfd path open_flags mode_if_creat = fd
openat2                dirfd path open_how(3) ulong = fd
creat                  path octal = fd
close,fsync,fdatasync,syncfs  fd
close_range            uint uint close_range
lseek                  fd long seek
_llseek                fd offset_high_first nothing out_loff_pointed seek
pread64                fd out_payload ulong long
pwrite64               fd payload(2) ulong long
readv                  fd out_iovecs(2) ulong
writev                 fd iovecs(2) ulong
preadv                 fd out_iovecs(2) ulong long nothing
pwritev                fd iovecs(2) ulong long nothing
preadv2                fd out_iovecs(2) ulong long nothing rwf
pwritev2               fd iovecs(2) ulong long nothing rwf
readahead              fd long ulong
sendfile               fd fd inout_long_pointed ulong
sendfile64             fd fd inout_loff_pointed ulong
splice                 fd loff_pointed fd loff_pointed ulong splice
tee                    fd fd ulong splice
vmsplice               fd iovecs(2) ulong splice
copy_file_range        fd loff_pointed fd loff_pointed ulong uint
dup                    fd = fd
dup2                   fd fd = fd
dup3                   fd fd open_bits = fd
pipe                   out_descriptor_pair
pipe2                  out_descriptor_pair open_bits
fcntl,fcntl64          fd fcntl of(fcntl,1) = fcntl
flock                  fd flock
sync
sync_file_range        fd long long sync_range
fadvise64              fd long ulong fadvise
fallocate              fd fallocate long long
truncate               path ulong
ftruncate              fd ulong
ioctl                  fd ioctl of(ioctl,1) = ioctl
getdents               fd entries uint
getdents64             fd entries64 uint
readdir                fd ptr uint
cachestat              fd cachestat_range out_cachestat uint
poll                   pollfds(1) uint int = ready
ppoll                  pollfds(1) uint timespec_timeout sigset(4) ulong = ready
ppoll_time64           pollfds(1) uint timespec64_timeout sigset(4) ulong = ready
select,_newselect      int in_fd_set(0) out_fd_set(0) except_fd_set(0) timeval_timeout = ready
pselect6               int in_fd_set(0) out_fd_set(0) fd_set(0) timespec_timeout sigset_pair = ready
pselect6_time64        int in_fd_set(0) out_fd_set(0) fd_set(0) timespec64_timeout sigset_pair = ready
epoll_create           int = fd
epoll_create1          epoll_create = fd
epoll_ctl              fd epoll_ctl fd epoll_ctl_event
epoll_ctl_old          hex hex hex hex
epoll_wait             fd epoll_event_returned int int
epoll_wait_old         hex hex hex
epoll_pwait            fd epoll_event_returned int int sigset(5) ulong
epoll_pwait2           fd epoll_event_returned int timespec64 sigset(5) ulong
eventfd                uint = fd
eventfd2               uint eventfd = fd
inotify_init           = fd
inotify_init1          inotify_init = fd
inotify_add_watch      fd path inotify
inotify_rm_watch       fd int
fanotify_init          fanotify_init open_flags = fd
fanotify_mark          fd fanotify_mark fanotify_event(long) dirfd path
io_setup               uint out_pointer_pointed
io_destroy             ptr
io_submit              ptr long iocb_pointers(1)
io_cancel              ptr iocb out_io_event
io_getevents           ptr long long io_event_returned timespec
io_pgetevents          ptr long long io_event_returned timespec sigset_pair
io_pgetevents_time64   ptr long long io_event_returned timespec64 sigset_pair
io_uring_setup         uint inout_io_uring_params = fd
io_uring_enter         fd uint uint io_uring_enter ptr ulong
io_uring_register      fd io_uring_register ptr uint
memfd_create           path memfd = fd
memfd_secret           memfd_secret = fd
userfaultfd            userfaultfd = fd
quotactl               quotactl of(quotactl,0) of(quotactl,0) of(quotactl,0)
quotactl_fd            fd quotactl of(quotactl_fd,1) of(quotactl_fd,1)
`
