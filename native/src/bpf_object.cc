// SPDX-License-Identifier: Apache-2.0
#include "bpf_object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "capabilities.h"
#include "napi_util.h"

namespace swoll {

namespace {

// The verifier's account of a refused program: its end matters, the kernel keeps the start, so take much.
constexpr size_t kLogBytes = 1024 * 1024;
constexpr size_t kKeptRecordBytes = 1024 * 1024;

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

// Tried rather than told from the version: distributions move permissions to other kernels, and a sysctl gives them to all.
template <typename Attempt> bool TryWithoutCapabilities(Attempt attempt)
{
	bool is_allowed = false;
	std::thread([&] {
		DropOnThisThread(0);
		is_allowed = attempt();
	}).join();
	return is_allowed;
}

// A signal makes the verifier give up (EAGAIN), so this thread takes none meanwhile: profilers send hundreds a second.
int LoadUndisturbed(bpf_object *object)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	const int error = bpf_object__load(object);
	pthread_sigmask(SIG_SETMASK, &before, nullptr);
	return error;
}

} // namespace

Napi::Function BpfObject::Define(Napi::Env env)
{
	return DefineClass(env, "BpfObject",
			   {
				   InstanceMethod("setMaxEntries", &BpfObject::SetMaxEntries),
				   InstanceMethod("setAutoload", &BpfObject::SetAutoload),
				   InstanceMethod("setVariable", &BpfObject::SetVariable),
				   InstanceMethod("load", &BpfObject::Load),
				   InstanceMethod("attach", &BpfObject::Attach),
				   InstanceMethod("detach", &BpfObject::Detach),
				   InstanceMethod("runIterator", &BpfObject::RunIterator),
				   InstanceMethod("mapMemory", &BpfObject::MapMemory),
				   InstanceMethod("mapInfo", &BpfObject::MapInfo),
				   InstanceMethod("readHash", &BpfObject::ReadHash),
				   InstanceMethod("deleteKey", &BpfObject::DeleteKey),
				   InstanceMethod("updateKeys", &BpfObject::UpdateKeys),
				   InstanceMethod("readVariable", &BpfObject::ReadVariable),
				   InstanceMethod("programInfo", &BpfObject::ProgramInfo),
				   InstanceMethod("isReadableByAll", &BpfObject::IsReadableByAll),
				   InstanceMethod("isAttachableByAll", &BpfObject::IsAttachableByAll),
				   InstanceMethod("startRings", &BpfObject::StartRings),
				   InstanceMethod("takeRecords", &BpfObject::TakeRecords),
				   InstanceMethod("ringInfo", &BpfObject::RingInfo),
				   InstanceMethod("close", &BpfObject::Close),
			   });
}

BpfObject::BpfObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<BpfObject>(info), log_(kLogBytes)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_buf = log_.data(), .kernel_log_size = log_.size(), );

	object_ = bpf_object__open_file(StringArgument(info, 0).c_str(), &options);
	if (!object_)
		ThrowErrno(info.Env(), "bpf_object__open_file", errno);
}

BpfObject::~BpfObject()
{
	Release();
}

void BpfObject::Close(const Napi::CallbackInfo &)
{
	Release();
}

void BpfObject::Release()
{
	drain_.reset();
	for (auto &[name, link] : links_)
		bpf_link__destroy(link);
	links_.clear();
	for (int fd : ring_fds_)
		close(fd);
	ring_fds_.clear();
	bpf_object__close(object_);
	object_ = nullptr;
}

bpf_map *BpfObject::FindMap(const Napi::CallbackInfo &info)
{
	bpf_map *map = bpf_object__find_map_by_name(object_, StringArgument(info, 0).c_str());
	if (!map)
		ThrowErrno(info.Env(), "bpf_object__find_map_by_name", ENOENT);
	return map;
}

bpf_program *BpfObject::FindProgram(const Napi::CallbackInfo &info)
{
	bpf_program *program = bpf_object__find_program_by_name(object_, StringArgument(info, 0).c_str());
	if (!program)
		ThrowErrno(info.Env(), "bpf_object__find_program_by_name", ENOENT);
	return program;
}

void BpfObject::SetMaxEntries(const Napi::CallbackInfo &info)
{
	bpf_map *map = FindMap(info);
	if (!map)
		return;
	if (int error = bpf_map__set_max_entries(map, info[1].As<Napi::Number>().Uint32Value()))
		ThrowErrno(info.Env(), "bpf_map__set_max_entries", -error);
}

void BpfObject::SetAutoload(const Napi::CallbackInfo &info)
{
	bpf_program *program = FindProgram(info);
	if (!program)
		return;
	if (int error = bpf_program__set_autoload(program, info[1].As<Napi::Boolean>().Value()))
		ThrowErrno(info.Env(), "bpf_program__set_autoload", -error);
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

void BpfObject::Load(const Napi::CallbackInfo &info)
{
	if (is_loaded_)
		return ThrowErrno(info.Env(), "bpf_object__load", EALREADY);
	log_[0] = 0;
	if (int error = LoadUndisturbed(object_))
		ThrowErrno(info.Env(), "bpf_object__load", -error, log_.data());
	std::vector<char>().swap(log_);
	is_loaded_ = true;
	// libbpf has read the types of the whole kernel; what it freed goes back to the system.
	malloc_trim(0);
}

void BpfObject::Attach(const Napi::CallbackInfo &info)
{
	bpf_program *program = FindProgram(info);
	const std::string name = StringArgument(info, 0);
	if (!program || links_.count(name))
		return;
	bpf_link *link = bpf_program__attach(program);
	if (!link)
		return ThrowErrno(info.Env(), "bpf_program__attach", errno);
	links_[name] = link;
}

void BpfObject::Detach(const Napi::CallbackInfo &info)
{
	const auto found = links_.find(StringArgument(info, 0));
	if (found == links_.end())
		return;
	bpf_link__destroy(found->second);
	links_.erase(found);
}

void BpfObject::RunIterator(const Napi::CallbackInfo &info)
{
	bpf_program *program = FindProgram(info);
	if (!program)
		return;
	bpf_link *link = bpf_program__attach_iter(program, nullptr);
	if (!link)
		return ThrowErrno(info.Env(), "bpf_program__attach_iter", errno);
	const int fd = bpf_iter_create(bpf_link__fd(link));
	int error = fd < 0 ? -fd : 0;
	char sink[256];
	ssize_t got = 1;
	while (!error && got > 0) {
		got = read(fd, sink, sizeof(sink));
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			error = errno;
		else if (got < 0)
			got = 1;
	}
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	if (error)
		ThrowErrno(info.Env(), "bpf_iter_create", error);
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

Napi::Value BpfObject::ProgramInfo(const Napi::CallbackInfo &info)
{
	const bpf_program *program = FindProgram(info);
	if (!program)
		return info.Env().Undefined();
	bpf_prog_info raw = {};
	uint32_t size = sizeof(raw);
	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &raw, &size)) {
		ThrowErrno(info.Env(), "bpf_obj_get_info_by_fd", errno);
		return info.Env().Undefined();
	}
	Napi::Object facts = Napi::Object::New(info.Env());
	facts.Set("id", raw.id);
	facts.Set("runCount", FromU64(info.Env(), raw.run_cnt));
	facts.Set("runTimeNs", FromU64(info.Env(), raw.run_time_ns));
	facts.Set("recursionMisses", FromU64(info.Env(), raw.recursion_misses));
	facts.Set("verifiedInstructions", raw.verified_insns);
	facts.Set("translatedBytes", raw.xlated_prog_len);
	facts.Set("jitedBytes", raw.jited_prog_len);
	return facts;
}

Napi::Value BpfObject::IsReadableByAll(const Napi::CallbackInfo &info)
{
	const bpf_map *map = FindMap(info);
	const bpf_program *program =
		bpf_object__find_program_by_name(object_, info[1].As<Napi::String>().Utf8Value().c_str());
	if (map && !program)
		ThrowErrno(info.Env(), "bpf_object__find_program_by_name", ENOENT);
	if (!map || !program)
		return info.Env().Undefined();
	const int map_fd = bpf_map__fd(map), program_fd = bpf_program__fd(program);
	std::vector<uint8_t> key(bpf_map__key_size(map)), value(bpf_map__value_size(map));
	const bool is_allowed = TryWithoutCapabilities([&] {
		bpf_prog_info facts = {};
		uint32_t size = sizeof(facts);
		return (!bpf_map_lookup_elem(map_fd, key.data(), value.data()) || errno == ENOENT) &&
		       (!bpf_map_get_next_key(map_fd, nullptr, key.data()) || errno == ENOENT) &&
		       !bpf_obj_get_info_by_fd(program_fd, &facts, &size);
	});
	return Napi::Boolean::New(info.Env(), is_allowed);
}

Napi::Value BpfObject::IsAttachableByAll(const Napi::CallbackInfo &info)
{
	const bpf_program *program = FindProgram(info);
	if (!program)
		return info.Env().Undefined();
	const bool is_allowed = TryWithoutCapabilities([&] {
		bpf_link *link = bpf_program__attach(program);
		return link && !bpf_link__destroy(link);
	});
	return Napi::Boolean::New(info.Env(), is_allowed);
}

void BpfObject::StartRings(const Napi::CallbackInfo &info)
{
	const bpf_map *outer = FindMap(info);
	if (!outer)
		return;
	if (bpf_map__type(outer) != BPF_MAP_TYPE_ARRAY_OF_MAPS)
		return ThrowErrno(info.Env(), "bpf_map__type", EINVAL);
	if (drain_)
		return ThrowErrno(info.Env(), "ring_buffer__new", EALREADY);
	const uint32_t rings = info[1].As<Napi::Number>().Uint32Value();
	const uint32_t bytes = info[2].As<Napi::Number>().Uint32Value();
	auto drain = std::make_unique<RingDrain>(static_cast<size_t>(info[3].As<Napi::Number>().DoubleValue()));
	for (uint32_t i = 0; i < rings; i++) {
		const int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, bytes, nullptr);
		if (fd < 0)
			return ThrowErrno(info.Env(), "bpf_map_create", errno);
		ring_fds_.push_back(fd);
		if (bpf_map_update_elem(bpf_map__fd(outer), &i, &fd, BPF_ANY))
			return ThrowErrno(info.Env(), "bpf_map_update_elem", errno);
		if (int error = drain->AddRing(fd))
			return ThrowErrno(info.Env(), "ring_buffer__add", -error);
	}
	if (int error = drain->Start())
		return ThrowErrno(info.Env(), "eventfd", -error);
	drain_ = std::move(drain);
}

// Copied into memory that is kept: the garbage collector, which does not see what a buffer outside its heap costs, never has any
// to find.
Napi::Value BpfObject::TakeRecords(const Napi::CallbackInfo &info)
{
	std::vector<Chunk> chunks = drain_ ? drain_->Take() : std::vector<Chunk>();
	size_t total = 0;
	for (const Chunk &chunk : chunks)
		total += chunk.used;
	Napi::ArrayBuffer records = RecordMemory(info.Env(), total);
	uint8_t *to = static_cast<uint8_t *>(records.Data());
	for (const Chunk &chunk : chunks) {
		std::memcpy(to, chunk.bytes.get(), chunk.used);
		to += chunk.used;
	}
	if (drain_)
		drain_->Recycle(std::move(chunks));
	return Napi::Uint32Array::New(info.Env(), total / sizeof(uint32_t), records, 0);
}

// The buffer of last time, unless it is too small, or far too large.
Napi::ArrayBuffer BpfObject::RecordMemory(Napi::Env env, size_t bytes)
{
	if (!records_.IsEmpty()) {
		Napi::ArrayBuffer kept = records_.Value();
		if (bytes == 0 || (kept.ByteLength() >= bytes && kept.ByteLength() <= std::max(kKeptRecordBytes, 4 * bytes)))
			return kept;
	}
	Napi::ArrayBuffer fresh = Napi::ArrayBuffer::New(env, bytes + bytes / 4);
	records_ = Napi::Reference<Napi::ArrayBuffer>::New(fresh, 1);
	return fresh;
}

Napi::Value BpfObject::RingInfo(const Napi::CallbackInfo &info)
{
	Napi::Object facts = Napi::Object::New(info.Env());
	facts.Set("queuedBytes", drain_ ? static_cast<double>(drain_->queued_bytes()) : 0.0);
	facts.Set("stalls", FromU64(info.Env(), drain_ ? drain_->stalls() : 0));
	return facts;
}

} // namespace swoll
