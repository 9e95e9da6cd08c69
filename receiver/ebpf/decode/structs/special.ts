/** Kinds that need more than one type: what other arguments say, or a pointer behind a pointer. */
import type { Kind } from '../kind.ts'
import { directoryEntries } from './entries.ts'
import { epollCtlEvent } from './epoll.ts'
import { extensible } from './extensible.ts'
import { fdSet, givenFdSet } from './fd-set.ts'
import { filledFileHandle, givenFileHandle } from './file-handle.ts'
import { filledHexPayload } from './hex-payload.ts'
import { bareIovecs, filledIovecs, givenIovecs } from './iovec.ts'
import { fcntlStruct } from './locks.ts'
import { landlockRuleset, mountAttr, openHow } from './openings.ts'
import { filled, filledIfAny, given } from './pointers.ts'
import { pollfds } from './poll.ts'
import { rlimit, rusage } from './resources.ts'
import { filledSigset, givenSigset } from './signals.ts'
import { remaining } from './timers.ts'
import * as times from './times.ts'
import { waitStatus } from './wait-status.ts'
import { timeout } from './waiting.ts'

/** Makes a kind of the parameters in its brackets. */
export type KindFactory = (parameters: readonly string[]) => Kind

/** A kind whose only parameter is the number of another argument. */
const counted =
  (make: (index: number) => Kind): KindFactory =>
  ([index]) =>
    make(Number(index))

export const specialKinds: Readonly<Record<string, KindFactory>> = {
  timespec_left: () => remaining(times.timespec),
  timespec64_left: () => remaining(times.timespec64),
  timeval_timeout: () => timeout(times.timeval),
  timespec_timeout: () => timeout(times.timespec),
  timespec64_timeout: () => timeout(times.timespec64),
  futex_timeout: () => given(times.timespec),
  futex_timeout64: () => given(times.timespec64),
  epoll_ctl_event: () => epollCtlEvent,
  pollfds: counted(pollfds),
  in_fd_set: counted(count => fdSet(count, 'in')),
  out_fd_set: counted(count => fdSet(count, 'out')),
  except_fd_set: counted(count => fdSet(count, 'except')),
  fd_set: counted(givenFdSet),
  out_rlimit: () => filled(rlimit),
  rlimit_struct: () => given(rlimit),
  sigset: counted(givenSigset),
  out_sigset: counted(filledSigset),
  wait_status: () => filledIfAny(waitStatus),
  waited_rusage: () => filledIfAny(rusage),
  iovecs: counted(givenIovecs),
  out_iovecs: counted(filledIovecs),
  bare_iovecs: counted(bareIovecs),
  entries: () => directoryEntries(false),
  entries64: () => directoryEntries(true),
  fcntl_struct: () => fcntlStruct,
  fcntl_argument: () => fcntlStruct,
  out_hex_payload: () => filledHexPayload,
  open_how: counted(length => extensible(openHow, { least: 24, length })),
  mount_attr_struct: counted(length => extensible(mountAttr, { least: 32, length })),
  landlock_ruleset: counted(length => extensible(landlockRuleset, { least: 8, length })),
  file_handle: () => givenFileHandle,
  out_file_handle: () => filledFileHandle,
}
