/** Kinds that need more than one type: what other arguments say, or a pointer behind a pointer. */
import type { Kind } from '../kind.ts'
import { toIndex } from '../values/parameters.ts'
import { ringParameters } from './asynchronous.ts'
import { bpfAttr } from './bpf-attr.ts'
import { cloneArguments } from './clone-args.ts'
import { directoryEntries } from './entries.ts'
import { epollCtlEvent } from './epoll.ts'
import { extensible } from './extensible.ts'
import { fdSet, givenFdSet } from './fd-set.ts'
import { filledFileHandle, givenFileHandle } from './file-handle.ts'
import { futexWait } from './futexes.ts'
import { filledHexPayload } from './hex-payload.ts'
import { interfaceRequest } from './interface-request.ts'
import { bareIovecs, filledIovecs, givenIovecs } from './iovec.ts'
import { fcntlArgument } from './locks.ts'
import { filledMessage, givenMessage } from './message.ts'
import { filledMessages, givenMessages } from './messages.ts'
import { mountRequest } from './mount-request.ts'
import { landlockRuleset, mountAttr, openHow } from './openings.ts'
import { perfEvent } from './perf-event.ts'
import { changedLength } from './pointed-lengths.ts'
import { filled, filledIfAny, fixedArray, given, givenArray } from './pointers.ts'
import { pollfds } from './poll.ts'
import { rlimit, rusage } from './resources.ts'
import { pointer } from './scalars.ts'
import { filledCpuSet, filledSchedAttr, givenCpuSet, givenSchedAttr } from './scheduling.ts'
import { filledSigset, givenSigset } from './signals.ts'
import { sigsetPair } from './sigset-pair.ts'
import { filledAddress, givenAddress } from './socket-kinds.ts'
import { filledOption, givenOption } from './socket-options.ts'
import { remaining } from './timers.ts'
import * as times from './times.ts'
import { threadArea } from './user-desc.ts'
import { waitStatus } from './wait-status.ts'
import { timeout } from './waiting.ts'

/** Makes a kind of the parameters in its brackets. */
export type KindFactory = (parameters: readonly string[]) => Kind

/** A kind whose only parameter is the number of another argument. */
const counted =
  (make: (index: number) => Kind): KindFactory =>
  ([index]) =>
    make(toIndex(index))

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
  sigset_pair: () => sigsetPair,
  out_sigset: counted(filledSigset),
  wait_status: () => filledIfAny(waitStatus),
  waited_rusage: () => filledIfAny(rusage),
  iovecs: counted(givenIovecs),
  out_iovecs: counted(filledIovecs),
  bare_iovecs: counted(bareIovecs),
  entries: () => directoryEntries(false),
  entries64: () => directoryEntries(true),
  fcntl_argument: () => fcntlArgument,
  out_hex_payload: () => filledHexPayload,
  sockaddr: counted(givenAddress),
  out_sockaddr: counted(filledAddress),
  socklen: () => changedLength,
  message: () => givenMessage,
  out_message: () => filledMessage,
  messages: counted(givenMessages),
  out_messages: counted(filledMessages),
  option_value: counted(givenOption),
  out_option_value: counted(filledOption),
  sched_attr: () => givenSchedAttr,
  out_sched_attr: () => filledSchedAttr,
  cpu_set: counted(givenCpuSet),
  out_cpu_set: () => filledCpuSet,
  clone_args: counted(cloneArguments),
  inout_io_uring_params: () => ringParameters,
  inout_user_desc: () => threadArea,
  perf_event_attr: () => perfEvent,
  ifreq: ([value = '']) => interfaceRequest(value, 'entry'),
  out_ifreq: ([value = '']) => interfaceRequest(value, 'success'),
  bpf_attr: ([command, length]) => bpfAttr(toIndex(command), toIndex(length)),
  iocb_pointers: counted(count => givenArray(pointer, count)),
  futex_wait_array_2: () => fixedArray(futexWait, 2, 'entry'),
  mnt_id_req: () => extensible(mountRequest, { least: 24 }),
  open_how: counted(length => extensible(openHow, { least: 24, length })),
  mount_attr_struct: counted(length => extensible(mountAttr, { least: 32, length })),
  landlock_ruleset: counted(length => extensible(landlockRuleset, { least: 8, length })),
  file_handle: () => givenFileHandle,
  out_file_handle: () => filledFileHandle,
}
