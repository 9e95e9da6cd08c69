// SPDX-License-Identifier: Apache-2.0
#include "bpf_object.h"

#include <bpf/libbpf.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "napi_util.h"

namespace swoll {

namespace {

// The verifier's account of a refused program: its end matters, the kernel keeps the start, so take much.
constexpr size_t kLogBytes = 1024 * 1024;

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
				   InstanceMethod("runIteratorWithin", &BpfObject::RunIteratorWithin),
				   InstanceMethod("shareMap", &BpfObject::ShareMap),
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

} // namespace swoll
