/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * The file behind a descriptor: a path, found by going up from the file to the root of the process, or a socket with its
 * addresses. Names are read without locks: what is renamed at this moment may show as a path it never had.
 */
#ifndef SWOLL_TRACE_DESCRIPTORS_BPF_H
#define SWOLL_TRACE_DESCRIPTORS_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "include/core_fixes.bpf.h"
#include "include/kernel.bpf.h"
#include "trace.h"
#include "trace_caller.bpf.h"
#include "trace_chunks.bpf.h"

/* Names of a path, and mounts on the way, that are looked at. */
#define MAX_STEPS 64
/* NAME_MAX and a NUL. */
#define NAME_BYTES 256

#define S_IFMT 0170000
#define S_IFSOCK 0140000
/* include/uapi/linux/magic.h */
#define SOCKFS_MAGIC 0x534f434b
#define NSFS_MAGIC 0x6e736673

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16

#define AT_FDCWD (-100)

/* On the way up. */
struct trace_walk {
	const struct dentry *dentry;
	const struct mount *mount;
	const struct dentry *mount_root;
	/* Where it ends. */
	const struct dentry *root;
	const struct mount *root_mount;
	/* Length of the chunk so far. */
	__u32 length;
	__u32 flags;
	/* It ended at a folder that is nowhere. */
	__u32 is_detached;
	__u32 pad;
};

/* The file to look up, and the root of the process. */
struct trace_opened {
	/* NULL: the working directory. */
	const struct file *file;
	struct path path;
	struct path root;
};

static __always_inline const struct mount *to_mount(const struct vfsmount *mount)
{
	return (const void *)mount - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline void enter_mount(struct trace_walk *walk, const struct mount *mount)
{
	walk->mount = mount;
	walk->mount_root = FIELD(TYPED(struct mount, mount), mnt.mnt_root);
}

/* Adds a name to the chunk. */
static __always_inline bool add_name(struct trace_memory *memory, struct trace_walk *walk, const void *name)
{
	__u32 at = memory->used + sizeof(struct swoll_chunk) + walk->length;

	barrier_var(at);
	if (at > sizeof(memory->bytes) - NAME_BYTES) {
		walk->flags = SWOLL_CHUNK_CUT;
		return false;
	}

	long got = bpf_probe_read_kernel_str(&memory->bytes[at], NAME_BYTES, name);

	if (got <= 0) {
		walk->flags = SWOLL_CHUNK_CUT;
		return false;
	}
	walk->length += got;
	return true;
}

/* One name or mount up. 0: there is more. */
__noinline int walk_up(struct trace_memory *memory, struct trace_walk *walk)
{
	if (!memory || !walk)
		return 1;

	struct dentry *dentry = TYPED(struct dentry, walk->dentry);
	struct mount *mount = TYPED(struct mount, walk->mount);

	if (dentry == walk->root && mount == walk->root_mount)
		return 1;
	if (dentry == walk->mount_root) {
		const struct mount *above = FIELD(mount, mnt_parent);

		if (above == mount)
			return 1;
		walk->dentry = FIELD(mount, mnt_mountpoint);
		enter_mount(walk, above);
		return 0;
	}

	const struct dentry *parent = FIELD(dentry, d_parent);

	walk->is_detached = parent == dentry;
	if (!add_name(memory, walk, FIELD(dentry, d_name.name)) || walk->is_detached)
		return 1;
	walk->dentry = parent;
	return 0;
}

/* Adds the names from `path` up. */
static __always_inline int add_path(struct trace_memory *memory, struct trace_walk *walk, const struct path *path,
				    const struct path *root)
{
	__u32 i;

	walk->dentry = path->dentry;
	enter_mount(walk, to_mount(path->mnt));
	walk->root = root->dentry;
	walk->root_mount = to_mount(root->mnt);
	for (i = 0; i < MAX_STEPS; i++)
		if (walk_up(memory, walk))
			return 0;
	walk->flags = SWOLL_CHUNK_CUT;
	return 0;
}

static __always_inline void read_address(void *to, const void *common, __u32 offset, __u32 length)
{
	bpf_probe_read_kernel(to, length, common + offset);
}

static __always_inline void fill_internet(struct swoll_socket *record, const struct sock *sock)
{
	const struct sock_common *common = &sock->__sk_common;

	record->local_port = BPF_CORE_READ(common, skc_num);
	record->remote_port = __builtin_bswap16(BPF_CORE_READ(common, skc_dport));
	if (record->family == AF_INET) {
		*(__u32 *)record->local_address = BPF_CORE_READ(common, skc_rcv_saddr);
		*(__u32 *)record->remote_address = BPF_CORE_READ(common, skc_daddr);
	} else if (bpf_core_field_exists(struct sock_common, skc_v6_daddr)) {
		read_address(record->local_address, common, bpf_core_field_offset(struct sock_common, skc_v6_rcv_saddr), 16);
		read_address(record->remote_address, common, bpf_core_field_offset(struct sock_common, skc_v6_daddr), 16);
	}
}

static __always_inline __u64 inode_of_socket(const struct sock *sock)
{
	const struct socket *socket = BPF_CORE_READ(sock, sk_socket);
	const struct socket_alloc *both = (const void *)socket - bpf_core_field_offset(struct socket_alloc, socket);

	return socket ? BPF_CORE_READ(both, vfs_inode.i_ino) : 0;
}

/* Adds the name of a unix socket behind its record. */
static __always_inline void fill_unix(struct trace_memory *memory, struct trace_walk *walk, struct swoll_socket *record,
				      const struct unix_sock *sock)
{
	const struct sock *peer = BPF_CORE_READ(sock, peer);
	const struct unix_address *address = BPF_CORE_READ(sock, addr);
	__u32 at = memory->used + sizeof(struct swoll_chunk) + walk->length;
	/* Length of the struct sockaddr_un without the family. */
	__u32 length = address ? BPF_CORE_READ(address, len) - 2 : 0;
	const void *name = (const void *)address + bpf_core_field_offset(struct unix_address, name) + 2;

	if (peer)
		record->peer = inode_of_socket(peer);
	barrier_var(length);
	if (length > sizeof(((struct sockaddr_un *)0)->sun_path))
		return;
	barrier_var(at);
	if (at > sizeof(memory->bytes) - NAME_BYTES)
		return;
	if (length && !bpf_probe_read_kernel(&memory->bytes[at], length, name))
		walk->length += length;
}

static __noinline int add_socket(struct trace_memory *memory, struct trace_walk *walk, struct swoll_socket *record,
				 const struct sock *sock)
{
	struct proto *proto = BPF_CORE_READ(sock, __sk_common.skc_prot);

	__builtin_memset(record, 0, sizeof(*record));
	walk->length += sizeof(*record);
	if (!sock)
		return 0;
	record->family = BPF_CORE_READ(sock, __sk_common.skc_family);
	bpf_probe_read_kernel_str(record->protocol, sizeof(record->protocol), &proto->name);
	if (record->family == AF_INET || record->family == AF_INET6)
		fill_internet(record, sock);
	else if (record->family == AF_UNIX && bpf_core_type_exists(struct unix_sock))
		fill_unix(memory, walk, record, (const struct unix_sock *)sock);
	else if (record->family == AF_NETLINK && bpf_core_type_exists(struct netlink_sock)) {
		record->netlink_protocol = BPF_CORE_READ(sock, sk_protocol);
		record->netlink_port = BPF_CORE_READ((const struct netlink_sock *)sock, portid);
	}
	return 0;
}

static __always_inline void fill_descriptor(struct swoll_descriptor *record, const struct dentry *found)
{
	struct dentry *dentry = TYPED(struct dentry, found);
	struct inode *inode = FIELD(dentry, d_inode);
	struct super_block *super = FIELD(inode, i_sb);

	record->inode = FIELD(inode, i_ino);
	record->magic = FIELD(super, s_magic);
	record->special_device = FIELD(inode, i_rdev);
	record->mode = FIELD(inode, i_mode);
	record->flags = !FIELD(dentry, d_hash.pprev) && FIELD(dentry, d_parent) != dentry ? SWOLL_DESCRIPTOR_UNLINKED : 0;
	record->pad = 0;
}

/* `net`, of a file of nsfs. */
static __always_inline const char *name_of_namespace(const struct dentry *dentry)
{
	const struct ns_common *namespace = BPF_CORE_READ(dentry, d_inode, i_private);

	return BPF_CORE_READ(namespace, ops, name);
}

/* Adds what there is to say of a file behind its record. */
static __noinline int add_referent(struct trace_memory *memory, struct trace_walk *walk, struct swoll_descriptor *record,
				   const struct trace_opened *opened)
{
	if (record->magic == SOCKFS_MAGIC && opened->file && (record->mode & S_IFMT) == S_IFSOCK) {
		const struct file *file = opened->file;
		const struct socket *socket = BPF_CORE_READ(file, private_data);

		return add_socket(memory, walk, (struct swoll_socket *)(record + 1), BPF_CORE_READ(socket, sk));
	}
	if (record->magic == NSFS_MAGIC) {
		walk->is_detached = 1;
		return add_name(memory, walk, name_of_namespace(opened->path.dentry));
	}
	return add_path(memory, walk, &opened->path, &opened->root);
}

/* A chunk that says what the descriptor refers to; none, where it refers to nothing. */
__noinline int copy_descriptor(struct trace_memory *memory, struct trace_copy *copy, __s32 descriptor)
{
	if (!memory || !copy)
		return 0;

	struct swoll_chunk *chunk = next_chunk(memory);
	const struct file *file = descriptor >= 0 ? caller_file(descriptor) : NULL;
	struct trace_walk walk = {.length = sizeof(struct swoll_descriptor)};
	struct trace_opened opened = {.file = file};

	if (!chunk || !caller_folders(&opened.path, &opened.root) || (!file && descriptor != AT_FDCWD))
		return 0;
	if (file) {
		struct file *typed = TYPED(struct file, file);

		opened.path.dentry = FIELD(typed, f_path.dentry);
		opened.path.mnt = FIELD(typed, f_path.mnt);
	}

	struct swoll_descriptor *record = (struct swoll_descriptor *)(chunk + 1);

	fill_descriptor(record, opened.path.dentry);
	add_referent(memory, &walk, record, &opened);
	if (walk.is_detached)
		record->flags |= SWOLL_DESCRIPTOR_DETACHED;
	end_chunk(memory, copy, chunk, walk.length, walk.flags);
	return 0;
}

#endif
