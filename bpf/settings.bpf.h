/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Copyright the swoll authors.
 *
 * Settings that user space makes before it loads any object; the verifier drops the branches these make dead.
 */
#ifndef SWOLL_SETTINGS_BPF_H
#define SWOLL_SETTINGS_BPF_H

#include "accounting.h"

/* -1: cgroup v2. Else the index of a v1 controller in css_set::subsys. */
const volatile __s32 cgroup_subsys = -1;
/* As in /proc/self/cgroup; 0 is the v2 hierarchy. */
const volatile __s32 cgroup_hierarchy = 0;
/* On hosts with both versions: where containers are that v2 does not know. As above; -1: nowhere. */
const volatile __s32 v1_subsys = -1;
const volatile __s32 v1_hierarchy = -1;
/* Bytes waiting in a ring from which user space is woken. */
const volatile __u32 wakeup_bytes = 0;
const volatile struct swoll_numbers numbers[SWOLL_ABIS] = {};

#endif
