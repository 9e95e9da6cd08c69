/** Calls that 32-bit programs make otherwise: 64-bit numbers in two registers, 16-bit ids, old calls. */

/** Calls that i386 and arm share. */
const narrow = `
preadv                 fd out_iovecs(2) ulong offset_pair nothing
pwritev                fd iovecs(2) ulong offset_pair nothing
preadv2                fd out_iovecs(2) ulong offset_pair nothing rwf
pwritev2               fd iovecs(2) ulong offset_pair nothing rwf
fallocate              fd fallocate offset_pair nothing offset_pair nothing
fanotify_mark          fd fanotify_mark fanotify_event nothing dirfd path
lookup_dcookie         offset_pair nothing out_bytes ulong
setuid,setgid,setfsuid,setfsgid  id16
setreuid,setregid      id16 id16
setresuid,setresgid    id16 id16 id16
chown,lchown           path id16 id16
fchown                 fd id16 id16
getresuid,getresgid    out_ushort_pointed out_ushort_pointed out_ushort_pointed
getgroups              int ushort_returned
setgroups              int ushort_array(0)
`

export const i386 = `${narrow}
mmap                   packed(mmap) = ptr
select                 packed(select) = ready
pread64                fd out_payload ulong offset_pair nothing
pwrite64               fd payload(2) ulong offset_pair nothing
truncate64             path offset_pair nothing
ftruncate64            fd offset_pair nothing
readahead              fd offset_pair nothing ulong
fadvise64              fd offset_pair nothing ulong fadvise
fadvise64_64           fd offset_pair nothing offset_pair nothing fadvise
sync_file_range        fd offset_pair nothing offset_pair nothing sync_range
socketcall             socketcall packed(socketcall) = socketcall
ipc                    ipc_call of(ipc,0) of(ipc,0) of(ipc,0) of(ipc,0) of(ipc,0)
`

/** 64-bit numbers begin at an even register. */
export const arm = `${narrow}
pread64                fd out_payload ulong nothing offset_pair nothing
pwrite64               fd payload(2) ulong nothing offset_pair nothing
truncate64             path nothing offset_pair nothing
ftruncate64            fd nothing offset_pair nothing
readahead              fd nothing offset_pair nothing ulong
arm_fadvise64_64       fd fadvise offset_pair nothing offset_pair nothing
arm_sync_file_range    fd sync_range offset_pair nothing offset_pair nothing
`

/** clone with the last two arguments the other way round. */
export const backwards = `
clone                  1:child_stack=ptr 0:flags=clone_flags 2:parent_tid=clone_parent_tid 3:tls=clone_tls 4:child_tidptr=clone_child_tid
`
