/** Calls on paths, mounts and attributes. */
export const paths = `
access                 path access_mode
faccessat              dirfd path access_mode
faccessat2             dirfd path access_mode at_access
chdir,chroot,unlink,rmdir,umount,swapoff,acct,uselib  path
fchdir                 fd
fchroot                fd hex32
pivot_root,link,symlink,rename  path path
getcwd                 out_bytes_string ulong
chmod,mkdir            path octal
fchmod                 fd octal
fchmodat,mkdirat       dirfd path octal
fchmodat2              dirfd path octal at_flags
chown,lchown,chown32,lchown32  path id id
fchown,fchown32        fd id id
fchownat               dirfd path id id at_flags
linkat                 dirfd path dirfd path at_flags
symlinkat              path dirfd path
unlinkat               dirfd path at_flags
renameat               dirfd path dirfd path
renameat2              dirfd path dirfd path rename
mknod                  path file_mode device_if_special(1)
mknodat                dirfd path file_mode device_if_special(2)
readlink,listxattr,llistxattr  path out_bytes ulong
readlinkat             dirfd path out_bytes ulong
stat,lstat             path out_stat
fstat                  fd out_stat
newfstatat             dirfd path out_stat at_flags
stat64,lstat64         path out_stat64
fstat64                fd out_stat64
fstatat64              dirfd path out_stat64 at_flags
oldstat,oldlstat       path out_old_stat
oldfstat               fd out_old_stat
statx                  dirfd path statx_flags statx_mask out_statx
statfs                 path out_statfs
fstatfs                fd out_statfs
statfs64               path ulong out_statfs64
fstatfs64              fd ulong out_statfs64
ustat                  device ptr
utime                  path utimbuf
utimes                 path file_timevals
futimesat              dirfd path file_timevals
utimensat              dirfd path file_times at_flags
utimensat_time64       dirfd path file_times64 at_flags
name_to_handle_at      dirfd path out_file_handle out_int_pointed at_handle
open_by_handle_at      fd file_handle open_flags = fd
lookup_dcookie         ulong out_bytes ulong
file_getattr,file_setattr  dirfd path ptr ulong at_flags
setxattr,lsetxattr     path string bytes(3) ulong xattr
fsetxattr              fd string bytes(3) ulong xattr
setxattrat,getxattrat  dirfd path at_flags string ptr ulong
getxattr,lgetxattr     path string out_bytes ulong
fgetxattr              fd string out_bytes ulong
flistxattr             fd out_bytes ulong
listxattrat            dirfd path at_flags out_bytes ulong
removexattr,lremovexattr  path string
fremovexattr           fd string
removexattrat          dirfd path at_flags string
mount                  path path string mount(long) string
umount2                path umount
fsopen                 string fsopen = fd
fspick                 dirfd path fspick = fd
fsmount                fd fsmount mount_attr = fd
fsconfig               fd fsconfig of(fsconfig,1) of(fsconfig,1) of(fsconfig,1)
move_mount             dirfd path dirfd path move_mount
open_tree              dirfd path open_tree = fd
open_tree_attr         dirfd path open_tree mount_attr_struct(4) ulong = fd
mount_setattr          dirfd path mount_setattr mount_attr_struct(4) ulong
statmount              mnt_id_req ptr ulong hex32
listmount              mnt_id_req u64_returned ulong hex32
listns                 ptr u64_returned ulong hex32
swapon                 path swap
sysfs                  hex32 hex hex
`
