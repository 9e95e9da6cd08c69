// SPDX-License-Identifier: Apache-2.0
#include "bpf_object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "napi_util.h"

namespace swoll {

namespace {

size_t PageAligned(size_t bytes)
{
	const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
	return (bytes + page - 1) / page * page;
}

// Bytes of an mmapable array: values are padded to 8.
size_t ArrayBytes(const bpf_map *map)
{
	return PageAligned((static_cast<size_t>(bpf_map__value_size(map)) + 7) / 8 * 8 * bpf_map__max_entries(map));
}

} // namespace

void BpfObject::SetMaxEntries(const Napi::CallbackInfo &info)
{
	bpf_map *map = FindMap(info);
	if (!map)
		return;
	if (int error = bpf_map__set_max_entries(map, info[1].As<Napi::Number>().Uint32Value()))
		ThrowErrno(info.Env(), "bpf_map__set_max_entries", -error);
}

void BpfObject::ShareMap(const Napi::CallbackInfo &info)
{
	bpf_map *map = FindMap(info);
	if (!map)
		return;
	const BpfObject *other = Unwrap(info[1].As<Napi::Object>());
	const bpf_map *theirs =
		other->object_ ? bpf_object__find_map_by_name(other->object_, bpf_map__name(map)) : nullptr;
	if (!theirs)
		return ThrowErrno(info.Env(), "bpf_object__find_map_by_name", ENOENT);
	if (int error = bpf_map__reuse_fd(map, bpf_map__fd(theirs)))
		ThrowErrno(info.Env(), "bpf_map__reuse_fd", -error);
}

std::optional<BpfObject::Variable> BpfObject::FindVariable(const std::string &name, size_t size)
{
	const btf *types = bpf_object__btf(object_);
	bpf_map *map = nullptr;

	bpf_object__for_each_map(map, object_) {
		// A section's map is called "<object>.bss" and so on, its BTF type ".bss".
		const char *section = std::strchr(bpf_map__name(map), '.');
		const int id = section ? btf__find_by_name_kind(types, section, BTF_KIND_DATASEC) : -1;
		if (id < 0)
			continue;
		const btf_type *datasec = btf__type_by_id(types, static_cast<uint32_t>(id));
		const btf_var_secinfo *vars = btf_var_secinfos(datasec);
		for (int i = 0; i < btf_vlen(datasec); i++) {
			const btf_type *var = btf__type_by_id(types, vars[i].type);
			if (name == btf__name_by_offset(types, var->name_off) && vars[i].size == size)
				return Variable{map, vars[i].offset};
		}
	}
	return std::nullopt;
}

void BpfObject::SetVariable(const Napi::CallbackInfo &info)
{
	const auto value = info[1].As<Napi::Uint8Array>();
	const auto variable = FindVariable(StringArgument(info, 0), value.ByteLength());
	if (!variable)
		return ThrowErrno(info.Env(), "find variable", ENOENT);

	// Before load the section's image is ours; after it the kernel's, which only skeletons map in its place.
	size_t bytes = 0;
	auto *image = const_cast<void *>(bpf_map__initial_value(variable->section, &bytes));
	void *live = nullptr;
	if (is_loaded_) {
		bytes = PageAligned(bytes);
		live = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(variable->section), 0);
		if (live == MAP_FAILED)
			return ThrowErrno(info.Env(), "mmap", errno);
	}
	auto *base = static_cast<uint8_t *>(live ? live : image);
	std::memcpy(base + variable->offset, value.Data(), value.ByteLength());
	if (live)
		munmap(live, bytes);
}

Napi::Value BpfObject::ReadVariable(const Napi::CallbackInfo &info)
{
	const size_t size = info[1].As<Napi::Number>().Uint32Value();
	const auto variable = FindVariable(StringArgument(info, 0), size);
	const uint32_t zero = 0;
	if (!variable) {
		ThrowErrno(info.Env(), "find variable", ENOENT);
		return info.Env().Undefined();
	}
	std::vector<uint8_t> section(bpf_map__value_size(variable->section));
	if (bpf_map_lookup_elem(bpf_map__fd(variable->section), &zero, section.data())) {
		ThrowErrno(info.Env(), "bpf_map_lookup_elem", errno);
		return info.Env().Undefined();
	}
	Napi::ArrayBuffer value = Napi::ArrayBuffer::New(info.Env(), size);
	std::memcpy(value.Data(), section.data() + variable->offset, size);
	return value;
}

// The mapping keeps the map alive and lasts as long as the ArrayBuffer, so that closing the object leaves no dangling view.
Napi::Value BpfObject::MapMemory(const Napi::CallbackInfo &info)
{
	const bpf_map *map = FindMap(info);
	if (!map)
		return info.Env().Undefined();
	const size_t bytes = ArrayBytes(map);
	void *memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);
	if (memory == MAP_FAILED) {
		ThrowErrno(info.Env(), "mmap", errno);
		return info.Env().Undefined();
	}
	return Napi::ArrayBuffer::New(info.Env(), memory, bytes,
				      [bytes](Napi::Env, void *mapped) { munmap(mapped, bytes); });
}

Napi::Value BpfObject::MapInfo(const Napi::CallbackInfo &info)
{
	const bpf_map *map = FindMap(info);
	if (!map)
		return info.Env().Undefined();
	Napi::Object facts = Napi::Object::New(info.Env());
	facts.Set("keySize", bpf_map__key_size(map));
	facts.Set("valueSize", bpf_map__value_size(map));
	facts.Set("maxEntries", bpf_map__max_entries(map));
	return facts;
}

Napi::Value BpfObject::ReadHash(const Napi::CallbackInfo &info)
{
	const bpf_map *map = FindMap(info);
	if (!map)
		return info.Env().Undefined();
	// A per-CPU hash would give more bytes than its value has.
	const bpf_map_type type = bpf_map__type(map);
	if (type != BPF_MAP_TYPE_HASH && type != BPF_MAP_TYPE_LRU_HASH) {
		ThrowErrno(info.Env(), "bpf_map__type", EINVAL);
		return info.Env().Undefined();
	}
	const size_t key_size = bpf_map__key_size(map);
	const size_t value_size = bpf_map__value_size(map);
	std::vector<uint8_t> key(key_size), next(key_size), value(value_size), entries;
	const int fd = bpf_map__fd(map);
	// Bounded: a table that changes under the walk may send it back to the start.
	for (uint32_t left = 2 * bpf_map__max_entries(map); left > 0; left--) {
		if (bpf_map_get_next_key(fd, entries.empty() ? nullptr : key.data(), next.data()))
			break;
		key = next;
		if (bpf_map_lookup_elem(fd, key.data(), value.data()))
			continue;
		entries.insert(entries.end(), key.begin(), key.end());
		entries.insert(entries.end(), value.begin(), value.end());
	}
	Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(info.Env(), entries.size());
	if (!entries.empty())
		std::memcpy(buffer.Data(), entries.data(), entries.size());
	return buffer;
}

void BpfObject::DeleteKey(const Napi::CallbackInfo &info)
{
	const bpf_map *map = FindMap(info);
	if (!map)
		return;
	const auto key = info[1].As<Napi::Uint8Array>();
	if (key.ByteLength() != bpf_map__key_size(map))
		return ThrowErrno(info.Env(), "bpf_map__key_size", EINVAL);
	if (bpf_map_delete_elem(bpf_map__fd(map), key.Data()) && errno != ENOENT)
		ThrowErrno(info.Env(), "bpf_map_delete_elem", errno);
}

void BpfObject::UpdateKeys(const Napi::CallbackInfo &info)
{
	const bpf_map *map = FindMap(info);
	if (!map)
		return;
	const auto keys = info[1].As<Napi::Uint8Array>();
	const auto values = info[2].As<Napi::Uint8Array>();
	const size_t key_size = bpf_map__key_size(map);
	uint32_t count = keys.ByteLength() / key_size;
	if (count == 0 || keys.ByteLength() != count * key_size ||
	    values.ByteLength() != count * size_t{bpf_map__value_size(map)})
		return ThrowErrno(info.Env(), "bpf_map__key_size", EINVAL);
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	if (bpf_map_update_batch(bpf_map__fd(map), keys.Data(), values.Data(), &count, &options))
		ThrowErrno(info.Env(), "bpf_map_update_batch", errno);
}

} // namespace swoll
