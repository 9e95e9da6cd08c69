// SPDX-License-Identifier: Apache-2.0
#ifndef SWOLL_TABLE_COPY_H
#define SWOLL_TABLE_COPY_H

#include <cstddef>

namespace swoll {

// Copies a table of struct swoll_set that the kernel is writing. Each way in the copy is what it was at one moment of one
// owner; a way that changed owner meanwhile has an odd sequence number in the copy and nothing else of use.
// Both areas hold `sets` sets.
void CopyTable(const void *live, void *copy, size_t sets);

} // namespace swoll

#endif
