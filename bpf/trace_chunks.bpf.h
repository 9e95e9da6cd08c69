/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Pieces of a record: each is a chunk of the caller's memory, or of what the kernel knows of an argument.
 */
#ifndef SWOLL_TRACE_CHUNKS_BPF_H
#define SWOLL_TRACE_CHUNKS_BPF_H

#include <bpf/bpf_helpers.h>
#include "trace.h"
#include "trace_caller.bpf.h"

/* A path of PATH_MAX bytes fits into one chunk. A chunk begins within the first MEMORY_BYTES. */
#define CHUNK_BYTES 4096
#define MEMORY_BYTES 4096
/* Most bytes of a string whose order does not say, and of each buffer of data. */
volatile __u32 string_limit = 256;
volatile __u32 payload_limit = 0;

/* A chunk of a list of strings: of its bytes, what is kept when an interpreter is given others. */
#define FIRST_ARGUMENT_BYTES 256
struct trace_first_argument {
	struct swoll_chunk chunk;
	__u8 bytes[FIRST_ARGUMENT_BYTES];
};

/* A record in the making: what is sent is the first sizeof(call) + used bytes of it. */
struct trace_memory {
	struct swoll_traced_call call;
	__u8 bytes[MEMORY_BYTES + CHUNK_BYTES + sizeof(struct swoll_chunk)];
	__u32 used;
	/* The first order that is to be repeated after the call, and where its chunks begin; SWOLL_COPIES: none. */
	__u32 late_order;
	__u32 late_at;
	/* Where the chunks begin that an execve replaces, and among them those of the program's arguments. */
	__u32 replaced_at;
	__u32 arguments_at;
	__u32 pad;
	/* Whose memory it is. */
	__u64 mm;
	/* The first argument of a program. */
	struct trace_first_argument first;
};

/* Memory copies of threads that made a call with an order. Freed with the thread. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct trace_memory);
} memory_by_task SEC(".maps");

/* The copy in progress. */
struct trace_copy {
	struct swoll_copy order;
	/* The part of the next chunk. */
	__u8 part;
	__u8 entry;
	/* CHUNK_LATE, CHUNK_KERNEL, or 0. */
	__u8 flags;
	/* A chunk could not be read. */
	__u8 has_failed;
	__s32 pad;
	__s64 returned;
};

/* Room for a chunk, and where it begins; NULL: there is none. */
static __always_inline struct swoll_chunk *next_chunk(struct trace_memory *memory)
{
	__u32 used = memory->used;

	if (used >= MEMORY_BYTES)
		return NULL;
	/* The verifier wants the bound on the very register that the address is made with. */
	barrier_var(used);
	return (struct swoll_chunk *)&memory->bytes[used & (MEMORY_BYTES - 1)];
}

static __always_inline void end_chunk(struct trace_memory *memory, struct trace_copy *copy, struct swoll_chunk *chunk,
				      __u32 length, __u32 flags)
{
	chunk->length = length;
	chunk->order = copy->order.id;
	chunk->part = copy->part;
	chunk->entry = copy->entry;
	chunk->flags = flags | copy->flags;
	if (copy->part < 255)
		copy->part++;
	if (flags & SWOLL_CHUNK_UNREADABLE)
		copy->has_failed = 1;
	memory->used += sizeof(*chunk) + ((length + 7) & ~7U);
}

/* A chunk of `wanted` bytes, but no more than `limit`. Global, so that it is verified once. */
__noinline int copy_bytes(struct trace_memory *memory, struct trace_copy *copy, __u64 from, __u64 wanted, __u64 limit)
{
	if (!memory || !copy)
		return 0;

	struct swoll_chunk *chunk = next_chunk(memory);
	__u32 flags = 0;

	if (!chunk)
		return 0;
	if (limit > CHUNK_BYTES)
		limit = CHUNK_BYTES;
	if (wanted > limit) {
		wanted = limit;
		flags = SWOLL_CHUNK_CUT;
	}
	/* For the verifier, which does not follow the comparison into the other register. */
	__u32 length = wanted;

	barrier_var(length);
	if (length > CHUNK_BYTES)
		length = CHUNK_BYTES;
	if (length && read_caller(chunk + 1, length, from)) {
		flags |= SWOLL_CHUNK_UNREADABLE;
		length = 0;
	}
	end_chunk(memory, copy, chunk, length, flags);
	return 0;
}

/* A chunk with a string, without its NUL. One that `is_listed` and cannot be read is known by its address. */
__noinline int copy_string(struct trace_memory *memory, struct trace_copy *copy, __u64 from, __u32 limit, bool is_listed)
{
	if (!memory || !copy)
		return 0;

	struct swoll_chunk *chunk = next_chunk(memory);

	if (!chunk)
		return 0;
	/* One more than the limit, to tell a string that just fits from one that is cut. */
	__u32 room = limit + 1;

	barrier_var(room);
	if (room > CHUNK_BYTES)
		room = CHUNK_BYTES;

	long got = read_caller_string(chunk + 1, room, from);
	__u32 length = got > 0 ? got - 1 : 0, flags = 0;

	if (got < 0) {
		flags = SWOLL_CHUNK_UNREADABLE;
		if (is_listed) {
			*(__u64 *)(chunk + 1) = from;
			length = sizeof(from);
		}
	}
	if (length >= room - 1 && got > 0) {
		char last = 0;

		/* The helper ends what it cuts with a NUL of its own. */
		if (!read_caller(&last, 1, from + length) && last)
			flags |= SWOLL_CHUNK_CUT;
	}
	end_chunk(memory, copy, chunk, length, flags);
	return 0;
}

static __always_inline __u64 read_word(__u64 from, bool is_32bit, bool *is_readable)
{
	__u64 word = 0;

	*is_readable = !read_caller(&word, is_32bit ? 4 : 8, from);
	return word;
}

static __always_inline __u32 word_at(__u64 from)
{
	__u32 word = 0;

	return read_caller(&word, sizeof(word), from) ? 0 : word;
}

#endif
