// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Copyright the swoll authors.
//
// One of each type that user space reads, so that their BTF is in one object. Built with -Wpadded: no hidden bytes.

#include "accounting.h"

struct swoll_counter counter;
struct swoll_set set;
struct swoll_inflight inflight;
struct swoll_spilled spilled;
struct swoll_books books;
struct swoll_numbers numbers;
struct swoll_lost_key lost_key;
struct swoll_dropped dropped;
struct swoll_record_header record_header;
struct swoll_record_call record_call;
struct swoll_record_counter record_counter;
struct swoll_record_cgroup record_cgroup;
struct swoll_record_cgroup_death record_cgroup_death;
