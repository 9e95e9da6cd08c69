/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * The arguments of a successful execve, from the kernel's own copy, which the caller cannot have changed since:
 * the path in the kernel, arguments and environment on the stack of the new program, which has not run yet. The memory that
 * the call was given is gone; an address of it means something else now.
 */
#ifndef SWOLL_TRACE_EXEC_BPF_H
#define SWOLL_TRACE_EXEC_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "include/kernel.bpf.h"
#include "trace.h"
#include "trace_chunks.bpf.h"
#include "trace_memory.bpf.h"

/* include/linux/binfmts.h */
#define BINPRM_FLAGS_PRESERVE_ARGV0 (1 << 3)

/* Strings are read in pieces of a chunk: of those that are longer (MAX_ARG_STRLEN is 32 pages) only the first is kept. */
#define MAX_PIECES (MAX_STRINGS + 64)

/* Strings, one behind the other. */
struct trace_strings {
	__u64 at;
	__u64 end;
	/* `at` is in the middle of one that is longer than a chunk. */
	__u64 is_inside;
};

/* One more piece of the strings. Not 0: that was the last. */
__noinline int copy_piece(struct trace_memory *memory, struct trace_copy *copy, struct trace_strings *strings)
{
	if (!memory || !copy || !strings)
		return 1;

	struct swoll_chunk *chunk = next_chunk(memory);

	if (!chunk)
		return 1;
	if (strings->at >= strings->end || copy->part == MAX_STRINGS - 1) {
		end_chunk(memory, copy, chunk, 0, strings->at >= strings->end ? SWOLL_CHUNK_LAST : SWOLL_CHUNK_CUT);
		return 1;
	}

	long got = bpf_probe_read_user_str(chunk + 1, CHUNK_BYTES, (const void *)strings->at);
	__u32 length = got > 0 ? got - 1 : 0, limit = string_limit;
	char next = 0;

	if (got <= 0) {
		end_chunk(memory, copy, chunk, 0, SWOLL_CHUNK_UNREADABLE);
		return 1;
	}
	/* The helper ends what it cuts with a NUL of its own. */
	bpf_probe_read_user(&next, 1, (const void *)(strings->at + length));
	strings->at += next ? length : length + 1;
	if (!strings->is_inside)
		end_chunk(memory, copy, chunk, length > limit ? limit : length, next || length > limit ? SWOLL_CHUNK_CUT : 0);
	strings->is_inside = !!next;
	return 0;
}

__noinline int copy_strings(struct trace_memory *memory, struct trace_copy *copy, __u64 start, __u64 end)
{
	if (!memory || !copy)
		return 0;

	if (!memory || !copy)
		return 0;

	struct trace_strings strings = {.at = start, .end = end};

	for (__u32 i = 0; i < MAX_PIECES; i++)
		if (copy_piece(memory, copy, &strings))
			break;
	return 0;
}

/* The path as the call was given it: for one below a descriptor the kernel has made `/dev/fd/7/path`, or `/dev/fd/7`. */
static __always_inline __u64 given_path(const struct linux_binprm *program, __u32 descriptor)
{
	/* Not as a pointer that the verifier knows: it allows no sums with those. */
	__u64 path = (__u64)BPF_CORE_READ(program, filename);
	char slash = 0;

	if (!program->fdpath)
		return path;
	/* With a digit. */
	path += sizeof("/dev/fd/");
	for (__u32 i = 0; i < 9 && descriptor > 9; i++, descriptor /= 10)
		path++;
	bpf_probe_read_kernel(&slash, 1, (const void *)path);
	return slash == '/' ? path + 1 : path;
}

__noinline int copy_path(struct trace_memory *memory, struct trace_copy *copy, __u64 path)
{
	if (!memory || !copy)
		return 0;

	struct swoll_chunk *chunk = next_chunk(memory);
	long got;

	if (!chunk)
		return 0;
	got = bpf_probe_read_kernel_str(chunk + 1, CHUNK_BYTES, (const void *)path);
	end_chunk(memory, copy, chunk, got > 0 ? got - 1 : 0, got > 0 ? 0 : SWOLL_CHUNK_UNREADABLE);
	return 0;
}

/* The first argument as it was before the call. */
__noinline int copy_first_argument(struct trace_memory *memory, struct trace_copy *copy)
{
	if (!memory || !copy)
		return 0;

	const struct trace_first_argument *first = &memory->first;
	struct swoll_chunk *chunk = next_chunk(memory);
	__u32 length = first->chunk.length, flags = first->chunk.flags;

	if (!chunk)
		return 0;
	barrier_var(length);
	if (length > FIRST_ARGUMENT_BYTES) {
		length = FIRST_ARGUMENT_BYTES;
		flags |= SWOLL_CHUNK_CUT;
	}
	bpf_probe_read_kernel(chunk + 1, length, first->bytes);
	copy->flags = 0;
	end_chunk(memory, copy, chunk, length, flags);
	copy->flags = SWOLL_CHUNK_KERNEL;
	return 0;
}

/* Whether the list of arguments had none: Linux 5.18 and later make it one, which is empty. */
static __always_inline bool had_no_arguments(const struct trace_memory *memory)
{
	return memory->first.chunk.flags & SWOLL_CHUNK_LAST;
}

__noinline int copy_arguments(struct trace_memory *memory, struct trace_copy *copy, __u32 entry)
{
	if (!memory || !copy)
		return 0;

	const struct mm_struct *mm = READABLE(bpf_get_current_task_btf())->mm;
	__u64 start = mm->arg_start;

	copy->entry = entry;
	if (entry == SWOLL_ARGV_INTERPRETED)
		copy_first_argument(memory, copy);
	else if (had_no_arguments(memory) && entry == SWOLL_ARGV_GIVEN)
		start = mm->arg_end;
	return copy_strings(memory, copy, start, mm->arg_end);
}

static __always_inline __u32 argv_entry(const struct linux_binprm *program)
{
	if (program->interp == program->filename)
		return SWOLL_ARGV_GIVEN;
	return program->interp_flags & BINPRM_FLAGS_PRESERVE_ARGV0 ? SWOLL_ARGV_PRESERVED : SWOLL_ARGV_INTERPRETED;
}

/* Keeps the first argument: its chunk is about to be replaced. */
static __always_inline void keep_first_argument(struct trace_memory *memory)
{
	__u32 at = memory->arguments_at;

	barrier_var(at);
	if (at >= MEMORY_BYTES || at >= memory->used) {
		__builtin_memset(&memory->first.chunk, 0, sizeof(memory->first.chunk));
		memory->first.chunk.flags = SWOLL_CHUNK_UNREADABLE;
		return;
	}
	bpf_probe_read_kernel(&memory->first, sizeof(memory->first), &memory->bytes[at & (MEMORY_BYTES - 1)]);
}

/* One order, of what was copied before the call. */
__noinline int copy_executed_order(struct trace_memory *memory, struct trace_copy *copy, __u64 path, __u32 entry)
{
	if (!memory || !copy || !argument_of(memory, copy->order.argument))
		return 0;

	const struct mm_struct *mm = READABLE(bpf_get_current_task_btf())->mm;

	if (copy->order.how == SWOLL_COPY_STRING)
		return copy_path(memory, copy, path);
	if (copy->order.how == SWOLL_COPY_STRINGS)
		return copy_arguments(memory, copy, entry);
	if (copy->order.how == SWOLL_COPY_ENVIRONMENT)
		return copy_strings(memory, copy, mm->env_start, mm->env_end);
	return 0;
}

/* Replaces what was copied before the call. */
static __noinline int copy_executed(struct trace_memory *memory, struct linux_binprm *program, __u32 index)
{
	const struct swoll_copies *copies = bpf_map_lookup_elem(&copies_by_call, &index);
	__u64 path = given_path(program, memory->call.arguments[0]);
	__u32 entry = argv_entry(program);

	keep_first_argument(memory);
	memory->used = memory->replaced_at;
	memory->late_order = SWOLL_COPIES;
	for (__u32 i = 0; copies && i < SWOLL_COPIES; i++) {
		struct trace_copy copy = {.order = copies->copies[i], .flags = SWOLL_CHUNK_KERNEL};

		if (copy.order.how == SWOLL_COPY_NOTHING)
			break;
		copy_executed_order(memory, &copy, path, entry);
	}
	return 0;
}

#endif
