// SPDX-License-Identifier: Apache-2.0
#ifndef SWOLL_CGROUP_HANDLE_H
#define SWOLL_CGROUP_HANDLE_H

#include <cstdint>
#include <optional>
#include <string>

namespace swoll {

// Path below `root` (a mount point of the hierarchy) of the live cgroup with this id, such as "/kubepods/pod1"; nothing when
// it is gone or CAP_DAC_READ_SEARCH is missing. One look-up, whatever the size of the hierarchy.
std::optional<std::string> CgroupPath(const std::string &root, uint64_t id);

} // namespace swoll

#endif
