/** Calls on memory. */
export const memory = `
mmap                   ptr ulong mmap_prot(long) mmap_flags fd hex = ptr
mmap2                  ptr ulong mmap_prot(long) mmap_flags fd pages_offset = ptr
munmap,mlock,munlock   ptr ulong
mremap                 ptr ulong ulong mremap(long) mremap_address = ptr
mprotect               ptr ulong mmap_prot(long)
pkey_mprotect          ptr ulong mmap_prot(long) int
pkey_alloc             hex pkey(long)
pkey_free              int
brk                    ptr = hex
msync                  ptr ulong msync
madvise                ptr ulong madvise
process_madvise        fd bare_iovecs(2) ulong madvise hex32
mincore                ptr ulong ptr
mlock2                 ptr ulong mlock2
mlockall               mlockall
munlockall
mseal                  ptr ulong hex
remap_file_pages       ptr ulong mmap_prot(long) ulong mmap_flags
map_shadow_stack       ptr ulong shadow_stack
mbind                  ptr ulong mempolicy ptr ulong mbind
set_mempolicy          mempolicy ptr ulong
get_mempolicy          out_int_pointed ptr ulong ptr get_mempolicy(long)
set_mempolicy_home_node ptr ulong ulong hex
migrate_pages          int ulong ptr ptr
move_pages             int ulong ptr ptr ptr mbind
process_vm_readv       int out_iovecs(2) ulong bare_iovecs(4) ulong ulong
process_vm_writev      int iovecs(2) ulong bare_iovecs(4) ulong ulong
process_mrelease       fd hex32
membarrier             membarrier membarrier_flags membarrier_cpu = membarrier
cacheflush             ptr ptr hex32
shmget                 key ulong shm_get
shmat                  int ptr shmat = ptr
shmdt                  ptr
shmctl                 int ipc_command(shmctl) of(shmctl,1)
`
