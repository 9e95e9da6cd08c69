/**
 * Prototypes that the kernel's headers lack: parameters without names, calls of one architecture, and parameters that 32-bit
 * callers pass in another way. Names are those of the manual pages or the kernel.
 */

/** Calls of all ABIs, with the parameters of 64-bit callers. */
export const native = `
io_submit(aio_context_t ctx_id, long nr, struct iocb **iocbpp)
pselect6(int n, fd_set *inp, fd_set *outp, fd_set *exp, struct __kernel_timespec *tsp, void *sig)
ppoll(struct pollfd *ufds, unsigned int nfds, struct __kernel_timespec *tsp, const sigset_t *sigmask, size_t sigsetsize)
rt_sigaction(int sig, const struct sigaction *act, struct sigaction *oact, size_t sigsetsize)
rt_sigreturn(void)
sigreturn(void)
socket(int family, int type, int protocol)
socketpair(int family, int type, int protocol, int *sv)
bind(int sockfd, struct sockaddr *addr, int addrlen)
listen(int sockfd, int backlog)
accept(int sockfd, struct sockaddr *addr, int *addrlen)
accept4(int sockfd, struct sockaddr *addr, int *addrlen, int flags)
connect(int sockfd, struct sockaddr *addr, int addrlen)
getsockname(int sockfd, struct sockaddr *addr, int *addrlen)
getpeername(int sockfd, struct sockaddr *addr, int *addrlen)
send(int sockfd, void *buf, size_t len, unsigned int flags)
recv(int sockfd, void *buf, size_t len, unsigned int flags)
sendto(int sockfd, void *buf, size_t len, unsigned int flags, struct sockaddr *addr, int addrlen)
recvfrom(int sockfd, void *buf, size_t len, unsigned int flags, struct sockaddr *addr, int *addrlen)
shutdown(int sockfd, int how)
clone(unsigned long flags, unsigned long newsp, int *parent_tid, int *child_tid, unsigned long tls)
sigaction(int sig, const struct old_sigaction *act, struct old_sigaction *oact)
arch_prctl(int option, unsigned long arg2)
modify_ldt(int func, void *ptr, unsigned long bytecount)
iopl(unsigned int level)
ioperm(unsigned long from, unsigned long num, int turn_on)
set_thread_area(struct user_desc *u_info)
get_thread_area(struct user_desc *u_info)
lookup_dcookie(u64 cookie64, char *buf, size_t len)
nfsservctl(int cmd, struct nfsctl_arg *arg, void *res)
uretprobe(void)
uprobe(void)
_sysctl(struct __sysctl_args *args)
create_module(const char *name, size_t size)
get_kernel_syms(struct kernel_sym *table)
query_module(const char *name, int which, void *buf, size_t bufsize, size_t *ret)
getpmsg(unsigned long arg1, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
putpmsg(unsigned long arg1, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
afs_syscall(unsigned long arg1, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
tuxcall(unsigned long arg1, unsigned long arg2, unsigned long arg3)
security(unsigned long arg1, unsigned long arg2, unsigned long arg3)
vserver(unsigned long arg1, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
epoll_ctl_old(unsigned long arg1, unsigned long arg2, unsigned long arg3, unsigned long arg4)
epoll_wait_old(unsigned long arg1, unsigned long arg2, unsigned long arg3)
bdflush(int func, long data)
breakpoint(void)
cacheflush(unsigned long start, unsigned long end, int flags)
usr26(void)
usr32(void)
set_tls(unsigned long tls)
get_tls(void)
`

const CLONE_BACKWARDS = `
clone(unsigned long flags, unsigned long newsp, int *parent_tid, unsigned long tls, int *child_tid)
`

/** Calls whose parameters differ for 32-bit callers of both architectures; there the names of old calls stand for older ones. */
const narrow = `${CLONE_BACKWARDS}
mmap2(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned long fd, unsigned long pgoff)
preadv(unsigned long fd, const struct iovec *vec, unsigned long vlen, u32 pos_low, u32 pos_high)
pwritev(unsigned long fd, const struct iovec *vec, unsigned long vlen, u32 pos_low, u32 pos_high)
preadv2(unsigned long fd, const struct iovec *vec, unsigned long vlen, u32 pos_low, u32 pos_high, rwf_t flags)
pwritev2(unsigned long fd, const struct iovec *vec, unsigned long vlen, u32 pos_low, u32 pos_high, rwf_t flags)
fallocate(int fd, int mode, u32 offset_low, u32 offset_high, u32 len_low, u32 len_high)
fanotify_mark(int fanotify_fd, unsigned int flags, u32 mask_low, u32 mask_high, int dfd, const char *pathname)
lookup_dcookie(u32 cookie_low, u32 cookie_high, char *buf, size_t len)
statfs64(const char *path, size_t sz, struct statfs64 *buf)
fstatfs64(unsigned int fd, size_t sz, struct statfs64 *buf)
`

/** Per ABI, what differs from `native`. */
export const overrides = {
  arm64: CLONE_BACKWARDS,
  i386: `${narrow}
break(void)
stty(void)
gtty(void)
ftime(void)
prof(void)
lock(void)
mpx(void)
ulimit(void)
profil(void)
idle(void)
mmap(struct mmap_arg_struct *arg)
select(struct sel_arg_struct *arg)
readdir(unsigned int fd, struct old_linux_dirent *dirent, unsigned int count)
oldstat(const char *filename, struct __old_kernel_stat *statbuf)
oldlstat(const char *filename, struct __old_kernel_stat *statbuf)
oldfstat(unsigned int fd, struct __old_kernel_stat *statbuf)
olduname(struct old_utsname *name)
oldolduname(struct oldold_utsname *name)
umount(char *name)
getrlimit(unsigned int resource, struct rlimit *rlim)
vm86old(struct vm86_struct *v86)
vm86(unsigned long cmd, unsigned long arg)
pread64(unsigned int fd, char *buf, size_t count, u32 pos_low, u32 pos_high)
pwrite64(unsigned int fd, const char *buf, size_t count, u32 pos_low, u32 pos_high)
truncate64(const char *path, u32 length_low, u32 length_high)
ftruncate64(unsigned int fd, u32 length_low, u32 length_high)
readahead(int fd, u32 offset_low, u32 offset_high, size_t count)
fadvise64(int fd, u32 offset_low, u32 offset_high, size_t len, int advice)
fadvise64_64(int fd, u32 offset_low, u32 offset_high, u32 len_low, u32 len_high, int advice)
sync_file_range(int fd, u32 offset_low, u32 offset_high, u32 nbytes_low, u32 nbytes_high, unsigned int flags)
`,
  // 64-bit arguments begin at an even register.
  arm: `${narrow}
pread64(unsigned int fd, char *buf, size_t count, u32 pad, u32 pos_low, u32 pos_high)
pwrite64(unsigned int fd, const char *buf, size_t count, u32 pad, u32 pos_low, u32 pos_high)
truncate64(const char *path, u32 pad, u32 length_low, u32 length_high)
ftruncate64(unsigned int fd, u32 pad, u32 length_low, u32 length_high)
readahead(int fd, u32 pad, u32 offset_low, u32 offset_high, size_t count)
arm_fadvise64_64(int fd, int advice, u32 offset_low, u32 offset_high, u32 len_low, u32 len_high)
arm_sync_file_range(int fd, unsigned int flags, u32 offset_low, u32 offset_high, u32 nbytes_low, u32 nbytes_high)
`,
} as const
