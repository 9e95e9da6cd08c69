/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Replaces the C library's header of this name, so that the kernel's headers compile without one. */
#pragma once
#include <linux/socket.h>
#include <stdint.h>
typedef __kernel_sa_family_t sa_family_t;
struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};
struct sockaddr_storage {
	sa_family_t ss_family;
	char data[126];
};
#define MSG_FIN 0x200
