// SPDX-License-Identifier: Apache-2.0
#include "bpf_object.h"

#include <bpf/bpf.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "capabilities.h"
#include "napi_util.h"

namespace swoll {

namespace {

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

// The iterator needs no link once it is open. -1: has thrown.
int OpenIterator(Napi::Env env, bpf_program *program)
{
	bpf_link *link = bpf_program__attach_iter(program, nullptr);
	if (!link) {
		ThrowErrno(env, "bpf_program__attach_iter", errno);
		return -1;
	}
	const int fd = bpf_iter_create(bpf_link__fd(link));
	const int error = errno;
	bpf_link__destroy(link);
	if (fd < 0)
		ThrowErrno(env, "bpf_iter_create", error);
	return fd;
}

// Any thread. Closes it. Returns 0 or errno.
int ReadToEnd(int fd)
{
	char sink[256];
	int error = 0;
	for (ssize_t got = 1; !error && got > 0;) {
		got = read(fd, sink, sizeof(sink));
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			error = errno;
		else if (got < 0)
			got = 1;
	}
	close(fd);
	return error;
}

// On a thread of its own, which is left to itself when the time is over: nothing else ends a program that waits for memory. None: it has not
// ended. The thread takes no signals, as it might keep them.
std::optional<int> ReadWithin(int fd, std::chrono::milliseconds limit)
{
	const auto result = std::make_shared<std::promise<int>>();
	auto ended = result->get_future();
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	std::thread([fd, result] { result->set_value(ReadToEnd(fd)); }).detach();
	pthread_sigmask(SIG_SETMASK, &before, nullptr);
	if (ended.wait_for(limit) != std::future_status::ready)
		return std::nullopt;
	return ended.get();
}

} // namespace

void BpfObject::SetAutoload(const Napi::CallbackInfo &info)
{
	bpf_program *program = FindProgram(info);
	if (!program)
		return;
	if (int error = bpf_program__set_autoload(program, info[1].As<Napi::Boolean>().Value()))
		ThrowErrno(info.Env(), "bpf_program__set_autoload", -error);
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
	const int fd = OpenIterator(info.Env(), program);
	if (fd < 0)
		return;
	if (const int error = ReadToEnd(fd))
		ThrowErrno(info.Env(), "bpf_iter_create", error);
}

Napi::Value BpfObject::RunIteratorWithin(const Napi::CallbackInfo &info)
{
	bpf_program *program = FindProgram(info);
	if (!program)
		return info.Env().Undefined();
	const int fd = OpenIterator(info.Env(), program);
	if (fd < 0)
		return info.Env().Undefined();
	const auto error = ReadWithin(fd, std::chrono::milliseconds(info[1].As<Napi::Number>().Int64Value()));
	if (error.value_or(0))
		ThrowErrno(info.Env(), "bpf_iter_create", *error);
	return Napi::Boolean::New(info.Env(), error.has_value());
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

} // namespace swoll
