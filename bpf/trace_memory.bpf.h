/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Copies of the caller's memory, as the orders of a call ask for. What is not in memory when the call begins cannot be read
 * by a program that may not wait: such an order is repeated after the call, when the kernel itself has read it, and marked.
 */
#ifndef SWOLL_TRACE_MEMORY_BPF_H
#define SWOLL_TRACE_MEMORY_BPF_H

#include <bpf/bpf_helpers.h>
#include "trace.h"

/* A path of PATH_MAX bytes fits into one chunk. A chunk begins within the first MEMORY_BYTES. */
#define CHUNK_BYTES 4096
#define MEMORY_BYTES 4096
/* Entries of lists (argv, iovecs) that are looked at. */
#define MAX_STRINGS 64
#define MAX_BUFFERS 16

/* Most bytes of a string whose order does not say, and of each buffer of data. */
volatile __u32 string_limit = 256;
volatile __u32 payload_limit = 0;

/* Key: order table index, see call_index. User space writes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SWOLL_ABIS * SWOLL_CALL_NUMBERS);
	__type(key, __u32);
	__type(value, struct swoll_copies);
} copies_by_call SEC(".maps");

/* A record in the making: what is sent is the first sizeof(call) + used bytes of it. */
struct trace_memory {
	struct swoll_traced_call call;
	__u8 bytes[MEMORY_BYTES + CHUNK_BYTES + sizeof(struct swoll_chunk)];
	__u32 used;
	/* Bit per order: to be repeated after the call. */
	__u32 missed;
};

/* Of threads that made a call with an order. Freed with the thread. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct trace_memory);
} memory_by_task SEC(".maps");

/* What is being copied. */
struct trace_copy {
	struct swoll_copy order;
	__u8 index;
	/* Of the next chunk. */
	__u8 part;
	/* CHUNK_LATE, or 0. */
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
	chunk->order = copy->index;
	chunk->part = copy->part;
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
	if (length && bpf_probe_read_user(chunk + 1, length, (const void *)from)) {
		flags |= SWOLL_CHUNK_UNREADABLE;
		length = 0;
	}
	end_chunk(memory, copy, chunk, length, flags);
	return 0;
}

/* A chunk with a string, without its NUL. */
__noinline int copy_string(struct trace_memory *memory, struct trace_copy *copy, __u64 from, __u32 limit, __u32 flags)
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

	long got = bpf_probe_read_user_str(chunk + 1, room, (const void *)from);
	__u32 length = got > 0 ? got - 1 : 0;

	if (got < 0)
		flags |= SWOLL_CHUNK_UNREADABLE;
	if (length >= room - 1 && got > 0) {
		char last = 0;

		/* The helper ends what it cuts with a NUL of its own. */
		if (!bpf_probe_read_user(&last, 1, (const void *)(from + length)) && last)
			flags |= SWOLL_CHUNK_CUT;
	}
	end_chunk(memory, copy, chunk, length, flags);
	return 0;
}

static __always_inline __u64 read_word(__u64 from, bool is_32bit, bool *is_readable)
{
	__u64 word = 0;

	*is_readable = !bpf_probe_read_user(&word, is_32bit ? 4 : 8, (const void *)from);
	return word;
}

/* The string behind entry i of a list of pointers. 0: the list goes on. */
__noinline int copy_entry(struct trace_memory *memory, struct trace_copy *copy, __u64 list, __u32 i)
{
	if (!memory || !copy)
		return 1;

	bool is_32bit = copy->order.is_32bit, is_readable;
	__u64 from = read_word(list + i * (is_32bit ? 4 : 8), is_32bit, &is_readable);

	if (!is_readable || !from || i == MAX_STRINGS - 1 || memory->used >= MEMORY_BYTES) {
		struct swoll_chunk *chunk = next_chunk(memory);
		__u32 flags = !is_readable ? SWOLL_CHUNK_UNREADABLE : from ? SWOLL_CHUNK_CUT : SWOLL_CHUNK_LAST;

		if (chunk)
			end_chunk(memory, copy, chunk, 0, flags);
		return 1;
	}
	copy_string(memory, copy, from, copy->order.unit ? copy->order.unit : string_limit, 0);
	return 0;
}

/* Data behind entry i of `iovecs`, as far as `left` bytes go. */
__noinline __u64 copy_buffer(struct trace_memory *memory, struct trace_copy *copy, __u64 iovecs, __u32 i, __u64 left)
{
	if (!memory || !copy)
		return 0;

	bool is_32bit = copy->order.is_32bit, is_readable;
	__u32 word = is_32bit ? 4 : 8;
	__u64 base = read_word(iovecs + 2 * word * i, is_32bit, &is_readable);
	__u64 length = read_word(iovecs + 2 * word * i + word, is_32bit, &is_readable);

	if (!is_readable)
		return 0;
	if (length > left)
		length = left;
	copy_bytes(memory, copy, base, length, payload_limit);
	return left - length;
}

static __always_inline void copy_buffers(struct trace_memory *memory, struct trace_copy *copy, __u64 iovecs, __u64 count)
{
	__u64 left = copy->order.when == SWOLL_AT_ENTRY ? ~0ULL : copy->returned;

	for (__u32 i = 0; i < MAX_BUFFERS && i < count && payload_limit; i++)
		left = copy_buffer(memory, copy, iovecs, i, left);
}

__noinline int copy_iovecs(struct trace_memory *memory, struct trace_copy *copy, __u64 from, __u64 count)
{
	if (!memory || !copy)
		return 0;
	copy_bytes(memory, copy, from, count * (copy->order.is_32bit ? 8 : 16), CHUNK_BYTES / 4);
	copy_buffers(memory, copy, from, count);
	return 0;
}

/* include/linux/socket.h: struct user_msghdr, and struct compat_msghdr of include/net/compat.h. */
struct message_header {
	__u64 name;
	__u32 name_length;
	__u32 pad;
	__u64 iovecs;
	__u64 count;
	__u64 control;
	__u64 control_length;
	__u32 flags;
};

struct message_header_32bit {
	__u32 name;
	__u32 name_length;
	__u32 iovecs;
	__u32 count;
	__u32 control;
	__u32 control_length;
	__u32 flags;
};

static __always_inline int read_message(struct message_header *header, __u64 from, bool is_32bit)
{
	if (!is_32bit)
		return bpf_probe_read_user(header, sizeof(*header), (const void *)from);

	struct message_header_32bit narrow = {};
	int error = bpf_probe_read_user(&narrow, sizeof(narrow), (const void *)from);

	header->name = narrow.name;
	header->name_length = narrow.name_length;
	header->iovecs = narrow.iovecs;
	header->count = narrow.count;
	header->control = narrow.control;
	header->control_length = narrow.control_length;
	return error;
}

__noinline int copy_message(struct trace_memory *memory, struct trace_copy *copy, __u64 from)
{
	if (!memory || !copy)
		return 0;

	struct message_header header = {};
	bool is_32bit = copy->order.is_32bit;

	copy_bytes(memory, copy, from, is_32bit ? sizeof(struct message_header_32bit) : sizeof(header), CHUNK_BYTES);
	if (read_message(&header, from, is_32bit))
		return 0;
	copy_bytes(memory, copy, header.name, header.name ? header.name_length : 0, 128);
	copy_bytes(memory, copy, header.iovecs, header.count * (is_32bit ? 8 : 16), CHUNK_BYTES / 4);
	copy_bytes(memory, copy, header.control, header.control ? header.control_length : 0, CHUNK_BYTES / 4);
	copy_buffers(memory, copy, header.iovecs, header.count);
	return 0;
}

static __always_inline __u64 argument_of(const struct trace_memory *memory, __u32 index)
{
	return index < SWOLL_ARGUMENTS ? memory->call.arguments[index] : 0;
}

static __always_inline __u32 word_at(__u64 from)
{
	__u32 word = 0;

	return bpf_probe_read_user(&word, sizeof(word), (const void *)from) ? 0 : word;
}

/* Carries out one order. */
__noinline int copy_order(struct trace_memory *memory, struct trace_copy *copy)
{
	if (!memory || !copy)
		return 0;

	const struct swoll_copy order = copy->order;
	__u64 from = argument_of(memory, order.argument);
	__u64 count = argument_of(memory, order.count);
	__u64 returned = copy->returned > 0 ? copy->returned : 0;

	if (!from)
		return 0;
	switch (order.how) {
	case SWOLL_COPY_BYTES:
		return copy_bytes(memory, copy, from, order.unit, CHUNK_BYTES);
	case SWOLL_COPY_STRING:
		return copy_string(memory, copy, from, order.unit ? order.unit : string_limit, 0);
	case SWOLL_COPY_ARRAY:
		return copy_bytes(memory, copy, from, (__u32)count * (__u64)order.unit, CHUNK_BYTES);
	case SWOLL_COPY_RETURNED:
		return copy_bytes(memory, copy, from, returned * order.unit, CHUNK_BYTES);
	case SWOLL_COPY_POINTED:
		return copy_bytes(memory, copy, from, word_at(count), order.unit ? order.unit : 128);
	case SWOLL_COPY_STRINGS:
		for (__u32 i = 0; i < MAX_STRINGS; i++)
			if (copy_entry(memory, copy, from, i))
				break;
		return 0;
	case SWOLL_COPY_IOVECS:
		return copy_iovecs(memory, copy, from, (__u32)count);
	case SWOLL_COPY_MESSAGE:
		return copy_message(memory, copy, from);
	case SWOLL_COPY_PAYLOAD:
		return payload_limit ? copy_bytes(memory, copy, from, count, payload_limit) : 0;
	case SWOLL_COPY_RETURNED_PAYLOAD:
		return payload_limit ? copy_bytes(memory, copy, from, returned, payload_limit) : 0;
	case SWOLL_COPY_IOCTL:
		return copy_bytes(memory, copy, from, count >> 16 & 0x3fff, CHUNK_BYTES);
	case SWOLL_COPY_SIZED:
		return copy_bytes(memory, copy, from, word_at(from), order.unit ? order.unit : 256);
	}
	return 0;
}

/* Carries out the orders that are for now: before the call, or after it. */
static __noinline int copy_memory(struct trace_memory *memory, __u32 index, bool is_exit, __s64 returned)
{
	const struct swoll_copies *copies = bpf_map_lookup_elem(&copies_by_call, &index);

	if (!copies)
		return 0;
	for (__u32 i = 0; i < SWOLL_COPIES; i++) {
		struct trace_copy copy = { .order = copies->copies[i], .index = i, .returned = returned };
		__u32 used = memory->used;
		bool is_late = is_exit && memory->missed & 1U << i;

		if (copy.order.how == SWOLL_COPY_NOTHING)
			break;
		if (is_exit ? copy.order.when == SWOLL_AT_ENTRY && !is_late : copy.order.when != SWOLL_AT_ENTRY)
			continue;
		if (copy.order.when == SWOLL_AT_SUCCESS && returned < 0 && returned >= -4095)
			continue;
		copy.flags = is_late ? SWOLL_CHUNK_LATE : 0;
		copy_order(memory, &copy);
		if (copy.has_failed && !is_exit) {
			memory->used = used;
			memory->missed |= 1U << i;
		}
	}
	return 0;
}

#endif
