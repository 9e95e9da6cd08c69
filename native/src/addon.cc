// SPDX-License-Identifier: Apache-2.0
// Registration only.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <napi.h>
#include <unistd.h>

#include <csignal>

#include "bpf_object.h"
#include "capabilities.h"
#include "cgroup_handle.h"
#include "napi_util.h"
#include "notify.h"
#include "program_memory.h"
#include "process.h"
#include "table_copy.h"

namespace {

// libbpf prints to stderr by default; what matters comes back as errors.
int Quiet(libbpf_print_level, const char *, va_list)
{
	return 0;
}

// (live: ArrayBuffer, copy: ArrayBuffer, sets: number)
void CopyTable(const Napi::CallbackInfo &info)
{
	swoll::CopyTable(info[0].As<Napi::ArrayBuffer>().Data(), info[1].As<Napi::ArrayBuffer>().Data(),
			 info[2].As<Napi::Number>().Uint32Value());
}

// (): number of possible CPUs, which is one more than the highest CPU id
Napi::Value PossibleCpus(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), libbpf_num_possible_cpus());
}

// (): file descriptor; the kernel times all BPF programs until it is closed
Napi::Value EnableStats(const Napi::CallbackInfo &info)
{
	const int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (fd < 0)
		swoll::ThrowErrno(info.Env(), "bpf_enable_stats", errno);
	return Napi::Number::New(info.Env(), fd);
}

// (fd: number)
void CloseFd(const Napi::CallbackInfo &info)
{
	close(info[0].As<Napi::Number>().Int32Value());
}

// (keep: bigint): a mask of capabilities
void DropCapabilities(const Napi::CallbackInfo &info)
{
	bool lossless = false;
	if (int error = swoll::DropOnAllThreads(info[0].As<Napi::BigInt>().Uint64Value(&lossless)))
		swoll::ThrowErrno(info.Env(), "capset", error);
}

// (signal: number)
void UnblockSignal(const Napi::CallbackInfo &info)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, info[0].As<Napi::Number>().Int32Value());
	if (int error = pthread_sigmask(SIG_UNBLOCK, &set, nullptr))
		swoll::ThrowErrno(info.Env(), "pthread_sigmask", error);
}

// (path: string, text: string)
void SendDatagram(const Napi::CallbackInfo &info)
{
	if (int error = swoll::SendDatagram(swoll::StringArgument(info, 0), swoll::StringArgument(info, 1)))
		swoll::ThrowErrno(info.Env(), "sendto", error);
}

// (): bytes of the segments that were let go
Napi::Value ReleaseProgramMemory(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), static_cast<double>(swoll::ReleaseProgramMemory()));
}

// (root: string, id: bigint): path of the cgroup below root, or undefined
Napi::Value CgroupPath(const Napi::CallbackInfo &info)
{
	bool lossless = false;
	const auto path = swoll::CgroupPath(swoll::StringArgument(info, 0),
					    info[1].As<Napi::BigInt>().Uint64Value(&lossless));
	napi_value text = nullptr;
	// A character per byte: names of cgroups need not be UTF-8.
	if (!path || napi_create_string_latin1(info.Env(), path->data(), path->size(), &text) != napi_ok)
		return info.Env().Undefined();
	return Napi::Value(info.Env(), text);
}

// (pid: number): status of a child as wait(2) has it, or undefined while it runs
Napi::Value Reap(const Napi::CallbackInfo &info)
{
	const auto status = swoll::Reap(info[0].As<Napi::Number>().Int32Value());
	return status ? Napi::Value(Napi::Number::New(info.Env(), *status)) : info.Env().Undefined();
}

// (signal: number)
void DieOf(const Napi::CallbackInfo &info)
{
	swoll::DieOf(info[0].As<Napi::Number>().Int32Value());
}

Napi::Object Init(Napi::Env env, Napi::Object exports)
{
	libbpf_set_print(Quiet);
	exports.Set("BpfObject", swoll::BpfObject::Define(env));
	exports.Set("copyTable", Napi::Function::New(env, CopyTable));
	exports.Set("possibleCpus", Napi::Function::New(env, PossibleCpus));
	exports.Set("enableStats", Napi::Function::New(env, EnableStats));
	exports.Set("closeFd", Napi::Function::New(env, CloseFd));
	exports.Set("dropCapabilities", Napi::Function::New(env, DropCapabilities));
	exports.Set("sendDatagram", Napi::Function::New(env, SendDatagram));
	exports.Set("unblockSignal", Napi::Function::New(env, UnblockSignal));
	exports.Set("releaseProgramMemory", Napi::Function::New(env, ReleaseProgramMemory));
	exports.Set("cgroupPath", Napi::Function::New(env, CgroupPath));
	exports.Set("reap", Napi::Function::New(env, Reap));
	exports.Set("dieOf", Napi::Function::New(env, DieOf));
	return exports;
}

} // namespace

NODE_API_MODULE(swoll, Init)
