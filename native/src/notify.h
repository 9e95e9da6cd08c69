// SPDX-License-Identifier: Apache-2.0
#ifndef SWOLL_NOTIFY_H
#define SWOLL_NOTIFY_H

#include <string>

namespace swoll {

// Sends a datagram to a Unix socket; "@" begins the name of an abstract one. Does not wait. 0, or errno.
int SendDatagram(const std::string &path, const std::string &text);

} // namespace swoll

#endif
