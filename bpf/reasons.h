/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Generated from reasons.json by make layout; do not edit. */
#ifndef SWOLL_REASONS_H
#define SWOLL_REASONS_H

/* A counter had to leave the table and the ring buffer was full: the call is counted by syscall number only, without its container and errno */
#define SWOLL_REASON_RING_FULL 0
/* The last call of a dying thread found the ring buffer full: counted by syscall number only */
#define SWOLL_REASON_EXIT_RING_FULL 1
/* The birth or death of a cgroup found the ring buffer full: its name is looked up in the cgroup file system instead */
#define SWOLL_REASON_CGROUP_RING_FULL 2
/* No room to remember that a call has begun: it is counted when it returns, untimed, and as denied */
#define SWOLL_REASON_INFLIGHT_FULL 3
/* A thread began a call while its last one had not ended: the kernel skipped a program run, and the last call is not counted */
#define SWOLL_REASON_EXIT_MISSED 4
#define SWOLL_REASONS 5

/* Why a traced event is missing. */
/* The ring buffer was full */
#define SWOLL_LOST_RING_FULL 0
/* The share of the ring buffer that a container has is used up, and the rest is for others */
#define SWOLL_LOST_SHARE_FULL 1
/* The container has made more calls in a second than are wanted */
#define SWOLL_LOST_RATE_LIMITED 2
/* The kernel had no memory for what belongs to the thread */
#define SWOLL_LOST_NO_MEMORY 3
/* The end of a thread, not a call, did not fit into the ring buffer */
#define SWOLL_LOST_THREAD_END 4
/* User space: nobody could tell in time whether the call is wanted */
#define SWOLL_LOST_UNRESOLVED 5
/* User space: the reader of the calls did not keep up */
#define SWOLL_LOST_OUTPUT_FULL 6
#define SWOLL_LOST_REASONS 7

#endif
