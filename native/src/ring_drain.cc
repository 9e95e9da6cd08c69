// SPDX-License-Identifier: Apache-2.0
#include "ring_drain.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace swoll {

namespace {

constexpr size_t kChunkBytes = 256 * 1024;
// Programs wake us when a ring is part full; quieter rings are looked at this often.
constexpr int kIdleMs = 100;
constexpr int kNice = -20;

} // namespace

RingDrain::RingDrain(size_t queue_bytes) : queue_limit_(queue_bytes) {}

RingDrain::~RingDrain()
{
	Stop();
}

int RingDrain::AddRing(int map_fd)
{
	if (rings_)
		return ring_buffer__add(rings_, map_fd, OnRecord, this);
	rings_ = ring_buffer__new(map_fd, OnRecord, this, nullptr);
	return rings_ ? 0 : -errno;
}

int RingDrain::Start()
{
	stop_fd_ = eventfd(0, EFD_CLOEXEC);
	if (stop_fd_ < 0)
		return -errno;
	thread_ = std::thread(&RingDrain::Run, this);
	is_running_.wait();
	return 0;
}

void RingDrain::Stop()
{
	if (thread_.joinable()) {
		const uint64_t one = 1;
		if (write(stop_fd_, &one, sizeof(one)) != sizeof(one))
			std::abort(); // An eventfd takes a write of 1 unless it holds 2^64 - 2.
		thread_.join();
	}
	if (stop_fd_ >= 0)
		close(stop_fd_);
	stop_fd_ = -1;
	ring_buffer__free(rings_);
	rings_ = nullptr;
}

void RingDrain::Run()
{
	pthread_setname_np(pthread_self(), "ring-drain");
	// A full ring costs names; a few microseconds of copying now and then cost nobody much. Without CAP_SYS_NICE: as is.
	setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
	is_running_.count_down();

	pollfd fds[] = {{ring_buffer__epoll_fd(rings_), POLLIN, 0}, {stop_fd_, POLLIN, 0}};

	for (;;) {
		poll(fds, 2, kIdleMs);
		if (fds[1].revents)
			return;
		{
			std::lock_guard<std::mutex> lock(mutex_);
			if (queued_bytes() < queue_limit_)
				Consume(queue_limit_);
			else
				stalls_.fetch_add(1, std::memory_order_relaxed);
		}
		// A full queue waits for the main thread; polling a readable ring meanwhile would spin.
		if (queued_bytes() >= queue_limit_)
			poll(&fds[1], 1, 5);
	}
}

void RingDrain::Consume(size_t limit)
{
	limit_ = limit;
	// Clears the edge-triggered readiness of all rings; consume looks at every ring anyway.
	ring_buffer__poll(rings_, 0);
	ring_buffer__consume(rings_);
}

// libbpf has consumed the record whatever we return, so it is always kept; a negative value only ends the round.
int RingDrain::OnRecord(void *self, void *data, size_t size)
{
	auto *drain = static_cast<RingDrain *>(self);
	auto &queue = drain->queue_;

	if (queue.empty() || queue.back().used + size > kChunkBytes) {
		queue.push_back(drain->NewChunk());
	}
	Chunk &chunk = queue.back();
	std::memcpy(chunk.bytes.get() + chunk.used, data, size);
	chunk.used += size;
	return drain->queued_bytes_.fetch_add(size, std::memory_order_relaxed) + size < drain->limit_ ? 0 : -ENOSPC;
}

std::vector<Chunk> RingDrain::Take()
{
	std::lock_guard<std::mutex> lock(mutex_);

	// Also what a full queue left in the rings: all that was submitted before is here, and rings are bounded.
	if (rings_)
		Consume(SIZE_MAX);
	std::vector<Chunk> taken;
	taken.swap(queue_);
	queued_bytes_.store(0, std::memory_order_relaxed);
	return taken;
}

void RingDrain::Recycle(std::vector<Chunk> chunks)
{
	std::lock_guard<std::mutex> lock(mutex_);

	// The old ones are freed with the argument, when the lock is given back.
	spares_.swap(chunks);
}

Chunk RingDrain::NewChunk()
{
	if (spares_.empty())
		return {std::make_unique_for_overwrite<uint8_t[]>(kChunkBytes), 0};
	Chunk chunk = std::move(spares_.back());
	spares_.pop_back();
	chunk.used = 0;
	return chunk;
}

} // namespace swoll
