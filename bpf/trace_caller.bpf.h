/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Memory, files and folders of the thread that makes a call. It is the current one; in an object with SWOLL_OF_OTHERS it is the one that
 * `begin_caller` was told of, which may be asleep in the call: then what is not in memory is waited for, as a sleepable program may.
 */
#ifndef SWOLL_TRACE_CALLER_BPF_H
#define SWOLL_TRACE_CALLER_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "include/core_fixes.bpf.h"
#include "include/kernel.bpf.h"

#ifndef SWOLL_OF_OTHERS

static __always_inline long read_caller(void *to, __u32 length, __u64 from)
{
	return bpf_probe_read_user(to, length, (const void *)from);
}

/* The length with the NUL; negative: it could not be read. */
static __always_inline long read_caller_string(void *to, __u32 room, __u64 from)
{
	return bpf_probe_read_user_str(to, room, (const void *)from);
}

/* The file behind a descriptor; NULL: there is none. */
static __always_inline const struct file *caller_file(__u32 descriptor)
{
	const struct files_struct *files = READABLE(bpf_get_current_task_btf())->files;
	const struct file *file = NULL;

	if (files && descriptor < files->fdt->max_fds)
		bpf_probe_read_kernel(&file, sizeof(file), &files->fdt->fd[descriptor]);
	return file;
}

/* The working directory and the root; false: it has none. */
static __always_inline bool caller_folders(struct path *working, struct path *root)
{
	const struct fs_struct *fs = READABLE(bpf_get_current_task_btf())->fs;

	if (!fs)
		return false;
	working->dentry = fs->pwd.dentry;
	working->mnt = fs->pwd.mnt;
	root->dentry = fs->root.dentry;
	root->mnt = fs->root.mnt;
	return true;
}

#else

#include "all_threads.bpf.h"

#define CAN_READ_OTHERS CAN_FIND_THREADS

#define PAGE_BYTES 4096
/* Locked for a writer, or somebody waits: kernel/locking/rwsem.c. A reader would wait, maybe for the thread that is stuck. */
#define RWSEM_READ_FAILS 7

/* include/uapi/linux/magic.h, fs/hugetlbfs; include/linux/fs.h */
#define MAGIC_FUSE 0x65735546
#define MAGIC_TMPFS 0x01021994
#define MAGIC_RAMFS 0x858458f6
#define MAGIC_HUGETLBFS 0x958458f6
#define FILE_SYSTEM_REQUIRES_DEVICE 1

/* Whether memory is read that files of any kind are mapped to, also of servers that may never answer. */
volatile __u32 trusts_files = 0;
/* Whether memory is read at all. */
volatile __u32 reads_memory = 1;

/* Not const, but of one run of the iterator: global functions cannot be given a task. Files and folders are addresses. */
static volatile __u32 caller_tid = 0;
static volatile __u32 has_memory_now = 0;
/* Something of the caller was not read, as it might have had to be waited for without end. */
static volatile __u32 is_withheld = 0;
static volatile __u64 caller_files = 0;
static volatile __u64 caller_fs = 0;

static __always_inline void begin_caller(const struct task_struct *task)
{
	const struct mm_struct *mm = task->mm;

	caller_tid = task->pid;
	caller_files = (__u64)task->files;
	caller_fs = (__u64)task->fs;
	is_withheld = 0;
	has_memory_now = reads_memory && mm && bpf_core_field_exists(mm->mmap_lock.count) &&
			 !(BPF_CORE_READ(mm, mmap_lock.count.counter) & RWSEM_READ_FAILS);
}

/* Whether a page of the region that is not in memory comes from this machine: from its disks, or from nowhere. */
static long find_region(struct task_struct *task, struct vm_area_struct *vma, void *is_local)
{
	const struct file *file = vma->vm_file;
	const struct super_block *files;

	*(__u32 *)is_local = 1;
	if (!file || trusts_files)
		return 0;
	files = BPF_CORE_READ(file, f_inode, i_sb);

	__u64 magic = BPF_CORE_READ(files, s_magic);
	__u32 flags = BPF_CORE_READ(files, s_type, fs_flags);

	*(__u32 *)is_local = magic == MAGIC_TMPFS || magic == MAGIC_RAMFS || magic == MAGIC_HUGETLBFS ||
			     (flags & FILE_SYSTEM_REQUIRES_DEVICE && magic != MAGIC_FUSE);
	return 0;
}

/* Where nothing is mapped there is nothing to wait for. A region that nobody may look at now is one to wait for. */
static __always_inline bool is_near(struct task_struct *task, __u64 address)
{
	__u32 is_local = 0;

	return bpf_find_vma(task, address, find_region, &is_local, 0) == -2 /* ENOENT */ || is_local;
}

/* `length` is a page at most: it lies in two regions at most. */
static __always_inline long read_caller(void *to, __u32 length, __u64 from)
{
	struct task_struct *task;
	long error = -1;

	if (!CAN_READ_OTHERS)
		return -1;
	if (!has_memory_now) {
		is_withheld = reads_memory;
		return -1;
	}
	task = bpf_task_from_pid(caller_tid);
	if (!task)
		return -1;
	if (is_near(task, from) && is_near(task, from + length - 1))
		error = bpf_copy_from_user_task(to, length, (const void *)from, task, 0);
	else
		is_withheld = 1;
	bpf_task_release(task);
	return error;
}

/* A string before it is known where it ends; longer than any chunk. */
struct string_piece {
	char bytes[2 * PAGE_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct string_piece);
} string_pieces SEC(".maps");

/* All of a copy fails where a page of it is not there, though the string may end before: page by page. */
static __always_inline long read_caller_string(void *to, __u32 room, __u64 from)
{
	__u32 zero = 0;
	struct string_piece *piece = bpf_map_lookup_elem(&string_pieces, &zero);
	__u32 first = PAGE_BYTES - (from & (PAGE_BYTES - 1));

	if (!piece)
		return -1;
	if (first > room)
		first = room;
	barrier_var(first);
	if (first > PAGE_BYTES || read_caller(piece->bytes, first, from))
		return -1;
	piece->bytes[first] = 0;

	__u32 rest = room - first;
	long got = bpf_probe_read_kernel_str(to, room, piece->bytes);

	/* It goes on in the next page. */
	if (got != first + 1 || rest == 0)
		return got;
	barrier_var(rest);
	if (rest > PAGE_BYTES || read_caller(&piece->bytes[first], rest, from + first))
		return -1;
	piece->bytes[2 * PAGE_BYTES - 1] = 0;
	return bpf_probe_read_kernel_str(to, room, piece->bytes);
}

static __always_inline const struct file *caller_file(__u32 descriptor)
{
	const struct files_struct *files = (const void *)caller_files;
	const struct fdtable *table = files ? BPF_CORE_READ(files, fdt) : NULL;
	struct file **all = table ? BPF_CORE_READ(table, fd) : NULL;
	const struct file *file = NULL;

	if (all && descriptor < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), &all[descriptor]);
	return file;
}

static __always_inline bool caller_folders(struct path *working, struct path *root)
{
	const struct fs_struct *fs = (const void *)caller_fs;

	if (!fs)
		return false;
	working->dentry = BPF_CORE_READ(fs, pwd.dentry);
	working->mnt = BPF_CORE_READ(fs, pwd.mnt);
	root->dentry = BPF_CORE_READ(fs, root.dentry);
	root->mnt = BPF_CORE_READ(fs, root.mnt);
	return true;
}

#endif

#endif
