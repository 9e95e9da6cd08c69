/**
 * Kinds of arguments that point at structs, by name: each type with a way to copy it in front or behind. `timespec` is given by the
 * caller, `out_timespec` filled if the call does not fail, `inout_timespec` both, `timespec_array(1)` as many as argument 1 says,
 * `out_timespec_array(1)` those filled, `timespec_returned` as many as the call returned. Then those that need more than one type:
 * what other arguments say, or a pointer behind a pointer.
 */
import type { Kind } from '../kind.ts'
import { toIndex } from '../values/parameters.ts'
import { ringParameters } from './asynchronous.ts'
import { bpfAttr } from './bpf-attr.ts'
import { cloneArguments } from './clone-args.ts'
import { directoryEntries } from './entries.ts'
import { extensible } from './extensible.ts'
import { filledFileHandle, givenFileHandle } from './file-handle.ts'
import { futexWait } from './futexes.ts'
import { interfaceRequest } from './interface-request.ts'
import { iovec, iovecsAt } from './iovec.ts'
import { fcntlArgument } from './locks.ts'
import { filledMessage, filledMessages, givenMessage, givenMessages } from './message.ts'
import { landlockRuleset, mountAttr, mountRequest, openHow } from './openings.ts'
import { perfEvent } from './perf-event.ts'
import {
  changed,
  changedLength,
  filled,
  filledArray,
  filledIfAny,
  fixedArray,
  given,
  givenArray,
  returnedArray,
} from './pointers.ts'
import { epollCtlEvent, fdSet, pollfds } from './poll.ts'
import { rlimit, rusage } from './resources.ts'
import { pointer } from './scalars.ts'
import { filledCpuSet, filledSchedAttr, givenCpuSet, givenSchedAttr } from './scheduling.ts'
import { sigsetAt, sigsetPair } from './signals.ts'
import { filledAddress, givenAddress } from './socket-address.ts'
import { filledOption, givenOption } from './socket-options.ts'
import { remaining, timeout } from './timers.ts'
import * as times from './times.ts'
import type { Type } from './type.ts'
import { types } from './types.ts'
import { threadArea } from './user-desc.ts'
import { waitStatus } from './wait-status.ts'

/** Makes a kind of the parameters in its brackets. */
type KindFactory = (parameters: readonly string[]) => Kind

/** A kind whose only parameter is the number of another argument. */
const counted =
  (make: (index: number) => Kind): KindFactory =>
  ([index]) =>
    make(toIndex(index))

/** Factories by the names of kinds. Parameters are numbers of arguments. */
export const structs: Readonly<Record<string, KindFactory>> = {
  ...Object.fromEntries(Object.entries(types).flatMap(([name, type]) => waysOf(name, type))),
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
  fd_set: counted(count => fdSet(count)),
  out_rlimit: () => filled(rlimit),
  rlimit_struct: () => given(rlimit),
  sigset: counted(size => sigsetAt('entry', size)),
  sigset_pair: () => sigsetPair,
  out_sigset: counted(size => sigsetAt('success', size)),
  wait_status: () => filledIfAny(waitStatus),
  waited_rusage: () => filledIfAny(rusage),
  iovecs: counted(count => iovecsAt('entry', count)),
  out_iovecs: counted(count => iovecsAt('exit', count)),
  bare_iovecs: counted(count => givenArray(iovec, count)),
  entries: () => directoryEntries(false),
  entries64: () => directoryEntries(true),
  fcntl_argument: () => fcntlArgument,
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

function waysOf(name: string, type: Type): [string, KindFactory][] {
  return [
    [name, () => given(type)],
    [`out_${name}`, () => filled(type)],
    [`inout_${name}`, () => changed(type)],
    [`${name}_array`, ([count]) => givenArray(type, toIndex(count))],
    [`out_${name}_array`, ([count]) => filledArray(type, toIndex(count))],
    [`${name}_returned`, () => returnedArray(type)],
  ]
}
