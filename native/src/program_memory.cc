// SPDX-License-Identifier: Apache-2.0
#include "program_memory.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

// Only a segment that was mapped without PF_W: it holds nothing but what the file has. Relocated read-only data (PT_GNU_RELRO) lies in
// a writable segment, and MADV_DONTNEED would undo the relocations.
bool IsUnchanged(const ElfW(Phdr) & segment)
{
	return segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0;
}

int ReleaseObject(dl_phdr_info *object, size_t, void *total)
{
	const ElfW(Addr) page = sysconf(_SC_PAGESIZE);
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) &segment = object->dlpi_phdr[i];
		if (!IsUnchanged(segment))
			continue;
		// Whole pages only: the first and the last may be shared with a segment that is written.
		const ElfW(Addr) begin = (object->dlpi_addr + segment.p_vaddr + page - 1) & -page;
		const ElfW(Addr) end = (object->dlpi_addr + segment.p_vaddr + segment.p_filesz) & -page;
		if (begin < end && madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED) == 0)
			*static_cast<size_t *>(total) += end - begin;
	}
	return 0;
}

} // namespace

namespace swoll {

size_t ReleaseProgramMemory()
{
	size_t total = 0;
	dl_iterate_phdr(ReleaseObject, &total);
	return total;
}

} // namespace swoll
