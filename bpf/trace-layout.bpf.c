// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Copyright the swoll authors.
//
// As layout.bpf.c, for the types of tracing.

#include "trace.h"

struct swoll_copies copies;
struct swoll_target target;
struct swoll_filter filter;
struct swoll_trace_header trace_header;
struct swoll_traced_call traced_call;
struct swoll_chunk chunk;
struct swoll_descriptor descriptor;
struct swoll_socket socket;
struct swoll_thread_record thread_record;
struct swoll_thread_end thread_end;
struct swoll_trace_lost_key trace_lost_key;
