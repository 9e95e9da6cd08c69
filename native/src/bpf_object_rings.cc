// SPDX-License-Identifier: Apache-2.0
#include "bpf_object.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "napi_util.h"

namespace swoll {

namespace {

constexpr size_t kKeptRecordBytes = 1024 * 1024;

} // namespace

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
		// Its memory is free at once, and not when the garbage collector gets to it.
		kept.Detach();
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
