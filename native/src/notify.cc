// SPDX-License-Identifier: Apache-2.0
// Datagrams of Unix sockets, as systemd takes them (sd_notify(3)); Node has streams only.
#include "notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace swoll {

int SendDatagram(const std::string &path, const std::string &text)
{
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	if (path.empty() || path.size() > sizeof(address.sun_path))
		return ENAMETOOLONG;
	std::memcpy(address.sun_path, path.data(), path.size());
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	const ssize_t sent = sendto(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
				    reinterpret_cast<sockaddr *>(&address), length);
	const int error = sent < 0 ? errno : 0;
	close(fd);
	return error;
}

} // namespace swoll
