// SPDX-License-Identifier: Apache-2.0
#ifndef SWOLL_PROGRAM_MEMORY_H
#define SWOLL_PROGRAM_MEMORY_H

#include <cstddef>

namespace swoll {

// Takes the read-only segments of the program and its libraries out of this process's memory. The kernel brings a page back, from
// the page cache or the file, when the page is needed again. Returns the bytes of the segments, resident or not. Any thread.
size_t ReleaseProgramMemory();

} // namespace swoll

#endif
