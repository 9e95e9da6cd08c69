// SPDX-License-Identifier: Apache-2.0
#include "table_copy.h"

#include <atomic>
#include <cstdint>
#include <cstring>

#include "../../bpf/accounting.h"

namespace swoll {

namespace {

uint32_t LoadSequence(const swoll_counter &counter)
{
	return __atomic_load_n(&counter.seq, __ATOMIC_ACQUIRE);
}

void CopyWay(const swoll_set &live, swoll_set &copy, int w)
{
	const uint32_t before = LoadSequence(live.counters[w]);

	if (before != 0 && before % 2 == 0) {
		copy.cgroup[w] = live.cgroup[w];
		copy.call[w] = live.call[w];
		std::memcpy(&copy.counters[w], &live.counters[w], sizeof(swoll_counter));
		std::atomic_thread_fence(std::memory_order_acquire);
	}
	const uint32_t after = LoadSequence(live.counters[w]);
	copy.counters[w].seq = before == after ? before : 1;
}

} // namespace

void CopyTable(const void *live, void *copy, size_t sets)
{
	const auto *from = static_cast<const swoll_set *>(live);
	auto *to = static_cast<swoll_set *>(copy);

	for (size_t i = 0; i < sets; i++)
		for (int w = 0; w < SWOLL_WAYS; w++)
			CopyWay(from[i], to[i], w);
}

} // namespace swoll
