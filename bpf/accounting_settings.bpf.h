/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Settings that user space makes before it loads the accounting.
 */
#ifndef SWOLL_ACCOUNTING_SETTINGS_BPF_H
#define SWOLL_ACCOUNTING_SETTINGS_BPF_H

#include "accounting.h"

/* SWOLL_MODE_*. Off: only sys_exit is attached. Sampled: sys_enter is attached now and then. */
const volatile __u32 latency_mode = SWOLL_MODE_OFF;
/* Binary logarithm of the number of sets per CPU: 1 or more. */
const volatile __u32 set_bits = 1;
/* In-flight slots less one; slots are a power of two. */
const volatile __u32 inflight_mask = 0;

/* Whether there are rules by which calls are not counted. */
const volatile __u32 has_drop_rules = 0;

/* 1 once the calls in flight at attach time are marked: from then on an exit without an enter is a denied call. */
volatile __u32 is_settled = 0;

#endif
