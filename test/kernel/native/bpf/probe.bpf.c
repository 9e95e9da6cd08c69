// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
// Copyright the swoll authors.
//
// One of each thing that the addon handles, so that a test can ask for it: getppid calls of one process are numbered and
// sent through per-CPU rings; an iterator counts tasks; and one program is refused by every verifier.

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct record {
	__u64 number;
	__u32 cpu;
	__u32 pad;
};

/* Three bytes, which the kernel pads to eight. */
struct odd {
	__u8 bytes[3];
};

const volatile __u32 start_at = 0;
volatile __u32 wanted_tgid = 0;
volatile __u32 wanted_nr = 0;

/* Keys: 0 calls, 1 records that found no room, 2 tasks, 3 `start_at`. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} facts SEC(".maps");

/* Key: 0 to 3; every byte of a value is its key plus one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct odd);
} padded SEC(".maps");

/* Key: number of a call modulo 8; value: the last such number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} last_by_key SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, 4096);
	});
} rings SEC(".maps");

static __always_inline __u64 *fact(__u32 key)
{
	return bpf_map_lookup_elem(&facts, &key);
}

static __always_inline void send(__u64 number)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct record *record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	__u64 *dropped = fact(1);

	if (!record) {
		if (dropped)
			(*dropped)++;
		return;
	}
	record->number = number;
	record->cpu = cpu;
	record->pad = 0;
	bpf_ringbuf_submit(record, 0);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(number_calls, struct pt_regs *regs, long id)
{
	__u64 *calls = fact(0);

	if (!calls || id != wanted_nr || bpf_get_current_pid_tgid() >> 32 != wanted_tgid)
		return 0;

	__u64 number = start_at + (*calls)++;
	__u32 key = number % 8;

	bpf_map_update_elem(&last_by_key, &key, &number, BPF_ANY);
	send(number);
	return 0;
}

static __always_inline void fill(__u32 key)
{
	struct odd *value = bpf_map_lookup_elem(&padded, &key);

	if (value)
		__builtin_memset(value, key + 1, sizeof(*value));
}

SEC("iter/task")
int count_tasks(void *unused)
{
	__u64 *tasks = fact(2), *start = fact(3);

	if (tasks)
		(*tasks)++;
	if (start)
		*start = start_at;
	fill(0);
	fill(1);
	fill(2);
	fill(3);
	return 0;
}

/* Not loaded unless asked for: reads from an address that is only a number. */
SEC("?tp_btf/sys_enter")
int BPF_PROG(is_refused, struct pt_regs *regs, long id)
{
	return *(volatile int *)id & 1;
}

char LICENSE[] SEC("license") = "GPL";
