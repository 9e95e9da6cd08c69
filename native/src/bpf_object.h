// SPDX-License-Identifier: Apache-2.0
#ifndef SWOLL_BPF_OBJECT_H
#define SWOLL_BPF_OBJECT_H

#include <bpf/libbpf.h>
#include <napi.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ring_drain.h"

namespace swoll {

// One loaded BPF object: its maps, programs, links and rings. All methods run on the main thread of their environment.
// Arguments are checked by native/bpf-object.ts; names are those of the object. Methods throw Error{call, errno, log}.
class BpfObject : public Napi::ObjectWrap<BpfObject> {
public:
	static Napi::Function Define(Napi::Env env);
	// (path: string)
	explicit BpfObject(const Napi::CallbackInfo &info);
	~BpfObject() override;

private:
	// Before load.
	void SetMaxEntries(const Napi::CallbackInfo &info); // (map, entries)
	void ShareMap(const Napi::CallbackInfo &info); // (map, the object that has it)
	void SetAutoload(const Napi::CallbackInfo &info);   // (program, boolean)
	void Load(const Napi::CallbackInfo &info);          // ()
	// A global variable: const ones before load, others after. (name, Uint8Array of its size)
	void SetVariable(const Napi::CallbackInfo &info);
	// After load.
	void Attach(const Napi::CallbackInfo &info);          // (program): idempotent
	void Detach(const Napi::CallbackInfo &info);          // (program): idempotent
	void RunIterator(const Napi::CallbackInfo &info);     // (program): runs to its end
	// Whether it has ended; else it goes on, and is not waited for. (program, ms)
	Napi::Value RunIteratorWithin(const Napi::CallbackInfo &info);
	Napi::Value MapMemory(const Napi::CallbackInfo &info); // (map): ArrayBuffer on live kernel memory; do not write
	Napi::Value ReadHash(const Napi::CallbackInfo &info);  // (map): ArrayBuffer of key, value, key, value, …
	void DeleteKey(const Napi::CallbackInfo &info);        // (map, Uint8Array key): absent is fine
	void UpdateKeys(const Napi::CallbackInfo &info);       // (map, Uint8Array keys, Uint8Array values): adds or replaces
	Napi::Value ReadVariable(const Napi::CallbackInfo &info); // (name, size): ArrayBuffer
	Napi::Value MapInfo(const Napi::CallbackInfo &info);   // (map): {keySize, valueSize, maxEntries}
	Napi::Value ProgramInfo(const Napi::CallbackInfo &info); // (program)
	// Whether a thread without capabilities may.
	Napi::Value IsReadableByAll(const Napi::CallbackInfo &info);   // (hash map, program)
	Napi::Value IsAttachableByAll(const Napi::CallbackInfo &info); // (program that is not attached)
	// (outer map, rings, bytes each, queue bytes): makes one ring per entry and starts to drain them.
	void StartRings(const Napi::CallbackInfo &info);
	Napi::Value TakeRecords(const Napi::CallbackInfo &info); // (): ArrayBuffer[], oldest first
	Napi::Value RingInfo(const Napi::CallbackInfo &info);    // (): {queuedBytes, stalls}
	void Close(const Napi::CallbackInfo &info);              // (): idempotent

	void Release();
	Napi::ArrayBuffer RecordMemory(Napi::Env env, size_t bytes);
	bpf_map *FindMap(const Napi::CallbackInfo &info);
	bpf_program *FindProgram(const Napi::CallbackInfo &info);
	// A global variable's section map and its offset there.
	struct Variable {
		bpf_map *section;
		size_t offset;
	};
	std::optional<Variable> FindVariable(const std::string &name, size_t size);

	bpf_object *object_ = nullptr;
	bool is_loaded_ = false;
	std::vector<char> log_;
	std::map<std::string, bpf_link *> links_;
	std::vector<int> ring_fds_;
	std::unique_ptr<RingDrain> drain_;
	// The last result of takeRecords.
	Napi::Reference<Napi::ArrayBuffer> records_;
};

} // namespace swoll

#endif
