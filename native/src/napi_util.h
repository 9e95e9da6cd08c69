// SPDX-License-Identifier: Apache-2.0
// Small helpers between libbpf's return values and JavaScript. No state.
#ifndef SWOLL_NAPI_UTIL_H
#define SWOLL_NAPI_UTIL_H

#include <napi.h>

#include <cstring>
#include <string>

namespace swoll {

// Throws an Error with `call`, `errno` and, if there is one, the kernel's `log`; native/addon.ts words it.
inline void ThrowErrno(Napi::Env env, const char *call, int error, const std::string &log = {})
{
	Napi::Error thrown = Napi::Error::New(env, std::string(call) + ": " + std::strerror(error));
	thrown.Set("call", Napi::String::New(env, call));
	thrown.Set("errno", Napi::Number::New(env, error));
	if (!log.empty())
		thrown.Set("log", Napi::String::New(env, log));
	thrown.ThrowAsJavaScriptException();
}

inline std::string StringArgument(const Napi::CallbackInfo &info, size_t index)
{
	return info[index].As<Napi::String>().Utf8Value();
}

// A counter that may pass 2^53 goes over as a BigInt.
inline Napi::Value FromU64(Napi::Env env, uint64_t value)
{
	return Napi::BigInt::New(env, value);
}

} // namespace swoll

#endif
