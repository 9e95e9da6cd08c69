/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Replaces the C library's header of this name, so that the kernel's headers compile without one. */
#pragma once
#include <linux/time.h>
