// SPDX-License-Identifier: Apache-2.0
#ifndef SWOLL_CAPABILITIES_H
#define SWOLL_CAPABILITIES_H

#include <cstdint>

namespace swoll {

// On the calling thread only: gives up every capability that has no bit in `keep`, in all sets, and the way to new ones.
// The bounding set needs CAP_SETPCAP and otherwise stays. Async-signal-safe. Returns 0, or the errno of capset(2).
int DropOnThisThread(uint64_t keep);

// The same on every thread of the process: to the kernel, capabilities are a thread's own. Main thread. Returns 0, or an
// errno: ETIME when a thread did not take the signal within seconds.
int DropOnAllThreads(uint64_t keep);

} // namespace swoll

#endif
