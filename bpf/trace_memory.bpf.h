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
#include "trace_chunks.bpf.h"
#include "trace_descriptors.bpf.h"
#include "trace_messages.bpf.h"

/* Entries of a list of strings (argv) that are looked at. */
#define MAX_STRINGS 64

/* Key: order table index, see call_index. User space writes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SWOLL_ABIS *SWOLL_CALL_NUMBERS);
	__type(key, __u32);
	__type(value, struct swoll_copies);
} copies_by_call SEC(".maps");

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
	copy_string(memory, copy, from, copy->order.unit ? copy->order.unit : string_limit, true);
	return 0;
}

static __always_inline __u64 argument_of(const struct trace_memory *memory, __u32 index)
{
	return index < SWOLL_ARGUMENTS ? memory->call.arguments[index] : 0;
}

/* The descriptor at `from`; an empty chunk where it refers to nothing. */
static __always_inline void copy_descriptor_at(struct trace_memory *memory, struct trace_copy *copy, __u64 from)
{
	bool is_readable;
	__u32 used = memory->used, descriptor = read_word(from, true, &is_readable);
	struct swoll_chunk *chunk;

	if (is_readable)
		copy_descriptor(memory, copy, descriptor);
	chunk = memory->used == used ? next_chunk(memory) : NULL;
	if (chunk)
		end_chunk(memory, copy, chunk, 0, 0);
}

/* The two descriptors at `from`. */
static __always_inline int copy_descriptor_pair(struct trace_memory *memory, struct trace_copy *copy, __u64 from)
{
	copy_descriptor_at(memory, copy, from);
	copy_descriptor_at(memory, copy, from + 4);
	return 0;
}

/* A pointer and the length of what it points at, and that. */
static __always_inline int copy_pointed_pair(struct trace_memory *memory, struct trace_copy *copy, __u64 from)
{
	bool is_32bit = copy->order.is_32bit, is_readable;
	__u32 word = is_32bit ? 4 : 8;
	__u64 pointed = read_word(from, is_32bit, &is_readable);
	__u64 length = read_word(from + word, is_32bit, &is_readable);

	copy_bytes(memory, copy, from, 2 * word, CHUNK_BYTES);
	return pointed && is_readable ? copy_bytes(memory, copy, pointed, length, copy->order.unit) : 0;
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

	if (order.how == SWOLL_COPY_DESCRIPTOR && order.argument == SWOLL_ARGUMENTS)
		return order.unit && !returned ? 0 : copy_descriptor(memory, copy, returned);
	if (order.how == SWOLL_COPY_DESCRIPTOR)
		return copy_descriptor(memory, copy, from);
	if (!from)
		return 0;
	switch (order.how) {
	case SWOLL_COPY_BYTES:
		return copy_bytes(memory, copy, from, order.unit, CHUNK_BYTES);
	case SWOLL_COPY_STRING:
		return copy_string(memory, copy, from, order.unit ? order.unit : string_limit, false);
	case SWOLL_COPY_ARRAY:
		return copy_bytes(memory, copy, from, (__u32)count * (__u64)order.unit, CHUNK_BYTES);
	case SWOLL_COPY_FEW:
		return copy_bytes(memory, copy, from, (__u32)count * (__u64)order.unit, MAX_MESSAGES * order.unit);
	case SWOLL_COPY_RETURNED:
		return copy_bytes(memory, copy, from, returned * order.unit, CHUNK_BYTES);
	case SWOLL_COPY_POINTED:
		return copy_bytes(memory, copy, from, word_at(count), order.unit ? order.unit : 128);
	case SWOLL_COPY_STRINGS:
	case SWOLL_COPY_ENVIRONMENT:
		for (__u32 i = 0; i < MAX_STRINGS; i++)
			if (copy_entry(memory, copy, from, i))
				break;
		return 0;
	case SWOLL_COPY_IOVECS:
		return copy_iovecs(memory, copy, from, (__u32)count);
	case SWOLL_COPY_MESSAGE:
		return copy_message(memory, copy, from, message_size(order.is_32bit));
	case SWOLL_COPY_MESSAGES:
		return copy_messages(memory, copy, from, order.when == SWOLL_AT_ENTRY ? count : returned);
	case SWOLL_COPY_PAYLOAD:
		return payload_limit ? copy_bytes(memory, copy, from, count, payload_limit) : 0;
	case SWOLL_COPY_RETURNED_PAYLOAD:
		return payload_limit ? copy_bytes(memory, copy, from, returned, payload_limit) : 0;
	case SWOLL_COPY_IOCTL:
		return copy_bytes(memory, copy, from, count >> 16 & 0x3fff, CHUNK_BYTES);
	case SWOLL_COPY_SIZED:
		return copy_bytes(memory, copy, from, word_at(from), order.unit ? order.unit : 256);
	case SWOLL_COPY_DESCRIPTOR_PAIR:
		return copy_descriptor_pair(memory, copy, from);
	case SWOLL_COPY_POINTED_PAIR:
		return copy_pointed_pair(memory, copy, from);
	}
	return 0;
}

/* Makes room for what the caller is given, and says whose memory it is. */
static __always_inline void begin_memory(struct trace_memory *memory, const struct task_struct *task)
{
	memory->used = 0;
	memory->late_order = SWOLL_COPIES;
	memory->replaced_at = 0;
	memory->arguments_at = MEMORY_BYTES;
	memory->mm = (__u64)READABLE(task)->mm;
}

/* Remembers what is to be done later about an order of before the call. */
static __always_inline void mind_order(struct trace_memory *memory, const struct trace_copy *copy, __u32 index, __u32 began)
{
	if (copy->has_failed && memory->late_order == SWOLL_COPIES) {
		memory->late_order = index;
		memory->late_at = began;
	}
	if (copy->order.how == SWOLL_COPY_DESCRIPTOR)
		memory->replaced_at = memory->used;
	if (copy->order.how == SWOLL_COPY_STRINGS)
		memory->arguments_at = began;
}

/* Carries out the orders that are for before the call. */
static __always_inline int copy_given_memory(struct trace_memory *memory, __u32 index)
{
	const struct swoll_copies *copies = bpf_map_lookup_elem(&copies_by_call, &index);

	if (!memory)
		return 0;

	for (__u32 i = 0; copies && i < SWOLL_COPIES; i++) {
		struct trace_copy copy = {.order = copies->copies[i]};
		__u32 began = memory->used;

		if (copy.order.how == SWOLL_COPY_NOTHING)
			break;
		if (copy.order.when != SWOLL_AT_ENTRY)
			continue;
		copy_order(memory, &copy);
		mind_order(memory, &copy, i, began);
	}
	return 0;
}

/* Carries out the orders that are for after the call, and those of before it from the first one on that failed then: what the
 * kernel has read since is in memory now. Not if the memory is another program's, where an address means something else.
 */
__noinline int copy_returned_memory(struct trace_memory *memory, __u32 index, __s64 returned)
{
	const struct swoll_copies *copies = bpf_map_lookup_elem(&copies_by_call, &index);
	bool has_failed = returned < 0 && returned >= -4095;

	if (!memory || memory->mm != (__u64)READABLE(bpf_get_current_task_btf())->mm)
		return 0;
	if (memory->late_order < SWOLL_COPIES)
		memory->used = memory->late_at;
	for (__u32 i = 0; copies && i < SWOLL_COPIES; i++) {
		struct trace_copy copy = {.order = copies->copies[i], .returned = returned};
		bool is_given = copy.order.when == SWOLL_AT_ENTRY;

		if (copy.order.how == SWOLL_COPY_NOTHING)
			break;
		if (is_given ? i < memory->late_order : has_failed && copy.order.when == SWOLL_AT_SUCCESS)
			continue;
		copy.flags = is_given ? SWOLL_CHUNK_LATE : 0;
		copy_order(memory, &copy);
	}
	return 0;
}

#endif
