// SPDX-License-Identifier: Apache-2.0
#include "cgroup_handle.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cstring>

namespace swoll {

namespace {

// fs/exportfs: FILEID_KERNFS, a file handle that is the 64-bit kernfs id.
constexpr int kFileIdKernfs = 0xfe;

int OpenById(int mount, uint64_t id)
{
	alignas(file_handle) char storage[sizeof(file_handle) + sizeof(id)];
	auto *handle = reinterpret_cast<file_handle *>(storage);
	handle->handle_bytes = sizeof(id);
	handle->handle_type = kFileIdKernfs;
	std::memcpy(handle->f_handle, &id, sizeof(id));
	return open_by_handle_at(mount, handle, O_PATH | O_CLOEXEC);
}

} // namespace

std::optional<std::string> CgroupPath(const std::string &root, uint64_t id)
{
	const int mount = open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		return std::nullopt;
	const int fd = OpenById(mount, id);
	close(mount);
	if (fd < 0)
		return std::nullopt;
	char path[PATH_MAX];
	const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof(path));
	close(fd);
	if (length <= 0 || static_cast<size_t>(length) == sizeof(path))
		return std::nullopt;
	const std::string absolute(path, static_cast<size_t>(length));
	if (absolute.compare(0, root.size(), root) != 0)
		return std::nullopt;
	const std::string below = absolute.substr(root.size());
	return below.empty() ? "/" : below;
}

} // namespace swoll
