/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Shared by the tracing programs and user space, next to accounting.h: jobs, what to copy of a call's memory, and records.
 */
#ifndef SWOLL_TRACE_H
#define SWOLL_TRACE_H

#include <linux/types.h>

/* A set of jobs is one word. */
#define SWOLL_JOBS 64

/* Calls by number in tables: higher numbers share the last place, so that none is lost. */
#define SWOLL_CALL_NUMBERS 512

#define SWOLL_ARGUMENTS 6

/* How an argument's memory is copied. */
#define SWOLL_COPY_NOTHING 0
/* `unit` bytes. */
#define SWOLL_COPY_BYTES 1
/* Up to a NUL. */
#define SWOLL_COPY_STRING 2
/* As many elements of `unit` bytes as argument `count` says. */
#define SWOLL_COPY_ARRAY 3
/* As many elements of `unit` bytes as the call returned. */
#define SWOLL_COPY_RETURNED 4
/* As many bytes as the 32-bit integer says that argument `count` points at (socklen_t). */
#define SWOLL_COPY_POINTED 5
/* Pointers up to a null one, and the string behind each: one chunk a string. */
#define SWOLL_COPY_STRINGS 6
/* `count` struct iovec: a chunk with the array, and with payload one per buffer, as far as the call returned (at exit). */
#define SWOLL_COPY_IOVECS 7
/* struct msghdr: chunks with itself (part 0), the name (1), the iovecs (2), control data (3), with payload the buffers (4…). */
#define SWOLL_COPY_MESSAGE 8
/* Data, and so only as far as `payload_limit` allows: as many bytes as argument `count` says, or as the call returned. */
#define SWOLL_COPY_PAYLOAD 9
#define SWOLL_COPY_RETURNED_PAYLOAD 10
/* As many bytes as the low 14 bits of the third byte of argument `count` say: an ioctl command's own size. */
#define SWOLL_COPY_IOCTL 11
/* A struct whose own first 32-bit word is its size (sched_attr, perf_event_attr). */
#define SWOLL_COPY_SIZED 12
/* No memory: what the argument, a descriptor, refers to (struct swoll_descriptor). Argument ARGUMENTS is what was
 * returned, of calls with a `unit` unless it is 0: they seldom return a descriptor.
 */
#define SWOLL_COPY_DESCRIPTOR 13
/* The same of the two descriptors that the argument points at, one chunk each. */
#define SWOLL_COPY_DESCRIPTOR_PAIR 14
/* Memory of which the argument points at the address and, behind it, the length in bytes; the chunk before is these two. */
#define SWOLL_COPY_POINTED_PAIR 15
/* `count` struct mmsghdr, or after the call as many as it returned: chunks as COPY_MESSAGE has them, `entry` says of which. */
#define SWOLL_COPY_MESSAGES 16
/* As COPY_ARRAY, of the first 8 elements at most: beside the messages, of which no more are looked at. */
#define SWOLL_COPY_FEW 17
/* As COPY_STRINGS: the environment of a program. */
#define SWOLL_COPY_ENVIRONMENT 18

/* When: before the call, after it if it did not fail, after it in any case. */
#define SWOLL_AT_ENTRY 1
#define SWOLL_AT_SUCCESS 2
#define SWOLL_AT_EXIT 3

/* One order to copy memory. */
struct swoll_copy {
	__u8 argument;
	__u8 how;
	__u8 when;
	/* The argument that says how many. */
	__u8 count;
	/* Bytes: of an element, or of all. */
	__u16 unit;
	/* Pointers in the caller's memory are 4 bytes: 32-bit ABIs. */
	__u8 is_32bit;
	/* Id of the order's chunks: orders that are not wanted leave gaps. */
	__u8 id;
};

#define SWOLL_COPIES 16

/* Orders to copy memory of one system call, by ABI and number; they end with COPY_NOTHING. */
struct swoll_copies {
	struct swoll_copy copies[SWOLL_COPIES];
};

/* Which jobs want a cgroup, and whose share of the rings it uses: owners are 0 (others) to SWOLL_OWNERS - 1, which is that of all
 * cgroups that user space does not know yet.
 */
struct swoll_target {
	__u64 jobs;
	__u32 owner;
	__u32 pad;
};
#define SWOLL_OWNERS 1024
#define SWOLL_UNKNOWN_OWNER 1023

#define SWOLL_ANY_UID 0xffffffffU
/* Words of a bit set of errnos: there are 133. */
#define SWOLL_ERROR_WORDS 3

/* A job's conditions besides cgroup and call. Unused ones have the values below. */
struct swoll_filter {
	/* Shortest time; 0: any. */
	__u64 min_ns;
	/* Bit per errno, the last one for all higher ones; all zero: any result. */
	__u64 errors[SWOLL_ERROR_WORDS];
	/* One of so many, at random; 0 and 1: all. */
	__u32 sample;
	/* SWOLL_ANY_UID: any. */
	__u32 uid;
	/* All zero: any. */
	char comm[16];
};

/* Ring records. Numbers go on from those of accounting.h, cgroup records are the same. `length` is that of the whole record. */
#define SWOLL_RECORD_TRACED_CALL 16
#define SWOLL_RECORD_THREAD 17
#define SWOLL_RECORD_THREAD_END 18

struct swoll_trace_header {
	__u32 type;
	__u32 length;
};

/* One call, when it ended; chunks of copied memory follow. Times are CLOCK_MONOTONIC. */
struct swoll_traced_call {
	struct swoll_trace_header header;
	__u64 jobs;
	__u64 start_ns;
	__u64 end_ns;
	/* As a counter's: number | error << 32 | abi << 48 | outcome << 56. Restarts are the outcome RESTARTED. */
	__u64 call;
	/* As the kernel returned it: -512 and the like included. */
	__s64 ret;
	__u64 arguments[SWOLL_ARGUMENTS];
	__u32 tid;
	/* Which of the thread's THREAD records holds for this call: it was sent before. */
	__u32 version;
};

/* Memory: `length` bytes follow, padded to 8. `part` counts the chunks of one order, from 0, and stays at 255. */
struct swoll_chunk {
	__u16 length;
	/* Id of the order. */
	__u8 order;
	__u8 part;
	__u8 flags;
	/* For COPY_MESSAGES: index of the message. For a program's arguments: SWOLL_ARGV_… */
	__u8 entry;
	__u8 pad[2];
};
/* There was more than the limit allows, or than fits. */
#define SWOLL_CHUNK_CUT 1
/* The memory could not be read: nothing follows, or what could; of a string in a list its address, if that was there. */
#define SWOLL_CHUNK_UNREADABLE 2
/* For COPY_STRINGS: the null pointer was reached, this is the last. */
#define SWOLL_CHUNK_LAST 4
/* Read after the call and not before it, since it was not in memory then: the call or another thread may have changed it. */
#define SWOLL_CHUNK_LATE 8
/* Not the caller's memory: what the kernel had copied of it, and then used. */
#define SWOLL_CHUNK_KERNEL 16

/* An execve that has succeeded: how what the kernel gave the program goes with what the call was given. It is the same. */
#define SWOLL_ARGV_GIVEN 0
/* An interpreter, and what it needs, is in front of the path and the second argument. The caller's first one comes before. */
#define SWOLL_ARGV_INTERPRETED 1
/* The same, and the first argument stands behind the path. */
#define SWOLL_ARGV_PRESERVED 2

/* The file behind a descriptor. Followed, for sockets (sockfs), by a struct swoll_socket; for others by the names from it to
 * the root of the process, each with a NUL, the last one first. Cut: there are more.
 */
struct swoll_descriptor {
	__u64 inode;
	/* Magic number of the file system: linux/magic.h. */
	__u32 magic;
	/* As the kernel keeps it: major << 20 | minor. */
	__u32 special_device;
	__u16 mode;
	__u16 flags;
	__u32 pad;
};
/* Its name is not there any more. */
#define SWOLL_DESCRIPTOR_UNLINKED 1
/* It never was in a folder: pipes, anonymous inodes, memfds. The only name is what the kernel calls it. */
#define SWOLL_DESCRIPTOR_DETACHED 2

/* Unix sockets have their name behind it, if any. */
struct swoll_socket {
	/* As the kernel calls it: TCPv6. */
	char protocol[16];
	__u8 local_address[16];
	__u8 remote_address[16];
	/* Inode of the other end of a unix socket; 0: none. */
	__u64 peer;
	__u16 family;
	__u16 local_port;
	__u16 remote_port;
	/* Netlink. */
	__u16 netlink_protocol;
	__u32 netlink_port;
	__u32 pad;
};

/* Who a thread is; sent before its first call, and before one at whose end one of these has changed. Ids are in the initial
 * namespaces.
 */
struct swoll_thread_record {
	struct swoll_trace_header header;
	__u64 time_ns;
	__u64 cgroup;
	/* When the process and its parent began, CLOCK_MONOTONIC: with the id it tells processes apart. */
	__u64 process_start_ns;
	__u64 parent_start_ns;
	/* Never 0. No other record has it, of whatever thread, for four billion records. */
	__u32 version;
	__u32 tid;
	__u32 tgid;
	__u32 parent_tgid;
	/* In the thread's own pid namespace. */
	__u32 ns_tid;
	__u32 ns_tgid;
	__u32 session;
	__u32 uid;
	__u32 gid;
	__u32 pid_ns;
	__u32 mnt_ns;
	__u32 uts_ns;
	__u32 net_ns;
	__u32 ipc_ns;
	__u32 cgroup_ns;
	__u32 pad;
	char comm[16];
};

/* A thread that had a THREAD record is gone, or the last one of a process of which a thread had. */
struct swoll_thread_end {
	struct swoll_trace_header header;
	__u64 time_ns;
	__u64 process_start_ns;
	__u32 tid;
	__u32 tgid;
	/* As wait(2) has it: status << 8 | signal. Of the process. */
	__u32 status;
	/* 1: no thread of the process is left. */
	__u32 is_process;
	/* As a call's. */
	__u32 version;
	__u32 pad;
};

/* Whose events were lost why: of these jobs, each. */
struct swoll_trace_lost_key {
	__u64 jobs;
	__u32 owner;
	__u32 reason;
};

_Static_assert(SWOLL_UNKNOWN_OWNER == SWOLL_OWNERS - 1, "the last owner");
_Static_assert(sizeof(struct swoll_copies) == 128, "orders of a call are two cache lines, and hardly any needs the second");
_Static_assert(sizeof(struct swoll_traced_call) == 104, "traced call");
_Static_assert(sizeof(struct swoll_chunk) == 8, "chunk");
_Static_assert(sizeof(struct swoll_thread_record) == 120, "thread record");
_Static_assert(sizeof(struct swoll_filter) == 56, "filter");

#endif
