/** Names that only later versions of libseccomp know: with an older one a runtime leaves them out of the filter without a word. */

/** Version → the calls whose names came with it. Names that are in none of these are in 2.5.0 (2020). */
const NEW_NAMES: Readonly<Record<string, string>> = {
  '2.5.1': 'close_range epoll_pwait2 faccessat2 process_madvise',
  '2.5.2':
    'landlock_add_rule landlock_create_ruleset landlock_restrict_self memfd_secret mount_setattr quotactl_fd',
  '2.5.3': 'process_mrelease',
  '2.5.4': 'futex_waitv set_mempolicy_home_node',
  '2.5.5': 'cachestat fchmodat2 futex_requeue futex_wait futex_wake map_shadow_stack',
  '2.6.0':
    'getxattrat listmount listxattrat lsm_get_self_attr lsm_list_modules lsm_set_self_attr mseal removexattrat setxattrat statmount uretprobe',
  // From Linux 6.14 on; no released version had them when this was written.
  'a later one than 2.6.0': 'fchroot file_getattr file_setattr listns open_tree_attr rseq_slice_yield uprobe',
}

const VERSION_OF = new Map(
  Object.entries(NEW_NAMES).flatMap(([version, names]) => names.split(' ').map(name => [name, version])),
)

/** The first version of libseccomp that knows the name; undefined: all of 2.5 do. */
export function libseccompOf(name: string): string | undefined {
  return VERSION_OF.get(name)
}
