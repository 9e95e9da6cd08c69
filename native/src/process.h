// SPDX-License-Identifier: Apache-2.0
// How a child that Node did not start has ended, and ending as it has.
#ifndef SWOLL_PROCESS_H
#define SWOLL_PROCESS_H

#include <optional>

namespace swoll {

// The status of the child, as wait(2) has it; nothing while it runs, 0 where there is no such child.
std::optional<int> Reap(int pid);

// Ends this process by the signal, without a core file. Returns where that cannot be: the first process of a pid namespace ignores it.
void DieOf(int signal);

} // namespace swoll

#endif
