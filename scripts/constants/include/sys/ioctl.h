/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What the kernel's headers take from the C library's of this name, so that they compile without one. */
#pragma once
#include <linux/ioctl.h>
