/** Calls on files and paths: the kind of each argument, and of what is returned. */
export const files = `
read           fd out_payload ulong
write          fd payload(2) ulong
open           path hex32 octal
openat         dirfd path hex32 octal
close          fd
`
