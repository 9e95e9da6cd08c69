// SPDX-License-Identifier: Apache-2.0
#ifndef SWOLL_RING_DRAIN_H
#define SWOLL_RING_DRAIN_H

#include <bpf/libbpf.h>

#include <atomic>
#include <cstdint>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace swoll {

// A run of whole records.
struct Chunk {
	std::unique_ptr<uint8_t[]> bytes;
	size_t used = 0;
};

// Moves the records of a set of BPF ring buffers into a bounded queue of chunks, on its own thread, so that a stalled
// event loop loses nothing while the queue has room. A full queue leaves records in their rings; a full ring is counted
// by the BPF program.
class RingDrain {
public:
	// queue_bytes: most the queue holds. Rings are added before Start.
	explicit RingDrain(size_t queue_bytes);
	~RingDrain();
	RingDrain(const RingDrain &) = delete;
	RingDrain &operator=(const RingDrain &) = delete;

	// Any thread, before Start. Returns 0 or -errno.
	int AddRing(int map_fd);
	// Returns 0 or -errno. The thread has its priority by then, so that the process may give up CAP_SYS_NICE.
	int Start();
	// Idempotent. Ends the thread and frees the rings; what is queued can still be taken.
	void Stop();
	// Main thread. Empties the rings once more and hands over the queue, oldest first.
	std::vector<Chunk> Take();
	// Any thread. Gives back the memory of what was taken last, for what comes next; what is left of the time before is freed.
	void Recycle(std::vector<Chunk> chunks);
	size_t queued_bytes() const { return queued_bytes_.load(std::memory_order_relaxed); }
	// How often the queue was full.
	uint64_t stalls() const { return stalls_.load(std::memory_order_relaxed); }

private:
	static int OnRecord(void *self, void *data, size_t size);
	void Run();
	// mutex_ must be held.
	Chunk NewChunk();
	// mutex_ must be held. Until the rings are empty or the queue holds `limit` bytes.
	void Consume(size_t limit);

	const size_t queue_limit_;
	ring_buffer *rings_ = nullptr;
	int stop_fd_ = -1;
	std::latch is_running_{1};
	std::thread thread_;
	std::mutex mutex_;
	std::vector<Chunk> queue_; // guarded by mutex_
	std::vector<Chunk> spares_; // guarded by mutex_
	size_t limit_ = 0;         // guarded by mutex_
	std::atomic<size_t> queued_bytes_{0};
	std::atomic<uint64_t> stalls_{0};
};

} // namespace swoll

#endif
