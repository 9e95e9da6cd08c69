/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Copies of memory behind lists of buffers: struct iovec, struct msghdr and struct mmsghdr.
 */
#ifndef SWOLL_TRACE_MESSAGES_BPF_H
#define SWOLL_TRACE_MESSAGES_BPF_H

#include <bpf/bpf_helpers.h>
#include "trace.h"
#include "trace_chunks.bpf.h"

/* Most elements of a list that are read. */
#define MAX_BUFFERS 16
#define MAX_MESSAGES 8

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

static __always_inline __u32 message_size(bool is_32bit)
{
	return is_32bit ? sizeof(struct message_header_32bit) : sizeof(struct message_header);
}

static __always_inline int read_message(struct message_header *header, __u64 from, bool is_32bit)
{
	if (!is_32bit)
		return read_caller(header, sizeof(*header), from);

	struct message_header_32bit narrow = {};
	int error = read_caller(&narrow, sizeof(narrow), from);

	header->name = narrow.name;
	header->name_length = narrow.name_length;
	header->iovecs = narrow.iovecs;
	header->count = narrow.count;
	header->control = narrow.control;
	header->control_length = narrow.control_length;
	return error;
}

/* struct user_msghdr, or what a struct mmsghdr begins with: `size` bytes are in its first chunk. */
__noinline int copy_message(struct trace_memory *memory, struct trace_copy *copy, __u64 from, __u32 size)
{
	if (!memory || !copy)
		return 0;

	struct message_header header = {};
	bool is_32bit = copy->order.is_32bit;

	copy_bytes(memory, copy, from, size, CHUNK_BYTES);
	if (read_message(&header, from, is_32bit))
		return 0;
	copy_bytes(memory, copy, header.name, header.name ? header.name_length : 0, 128);
	copy_bytes(memory, copy, header.iovecs, header.count * (is_32bit ? 8 : 16), CHUNK_BYTES / 4);
	copy_bytes(memory, copy, header.control, header.control ? header.control_length : 0, CHUNK_BYTES / 4);
	copy_buffers(memory, copy, header.iovecs, header.count);
	return 0;
}

/* `count` struct mmsghdr of `unit` bytes each, which end with what the call has sent or received of the message. */
static __always_inline int copy_messages(struct trace_memory *memory, struct trace_copy *copy, __u64 from, __u32 count)
{
	__u32 unit = copy->order.unit, length = message_size(copy->order.is_32bit);

	for (__u32 i = 0; i < MAX_MESSAGES && i < count; i++) {
		copy->entry = i;
		copy->part = 0;
		copy->returned = word_at(from + i * unit + length);
		copy_message(memory, copy, from + i * unit, unit);
	}
	return 0;
}

#endif
