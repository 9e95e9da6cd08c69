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

#endif
