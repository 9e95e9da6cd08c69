import { defineCheck } from '../check.ts'

export const types = defineCheck({
  name: 'kernel types',
  asks: 'Whether the kernel describes its types (BTF), and has the tracepoints',
  entries: {
    sysfs_missing: {
      severity: 'problem',
      title: '/sys is not mounted',
      consequence: "The kernel's types cannot be read, so no program can be loaded.",
      remedy: "Mount it; in a container, mount the host's /sys read-only.",
    },
    types_missing: {
      severity: 'problem',
      title: 'The kernel does not describe its types',
      consequence: 'No program can be loaded: it could not be made to fit this kernel.',
      remedy:
        "Boot a kernel with CONFIG_DEBUG_INFO_BTF=y (Debian 12, Ubuntu 22.04, RHEL 9 and later have it). If the host has the file and this container hides it, mount the host's /sys.",
    },
    tracepoints_missing: {
      severity: 'problem',
      title: 'The kernel lacks tracepoints',
      consequence: 'Calls cannot be seen as they begin and end.',
      remedy: 'Boot a kernel with CONFIG_TRACEPOINTS, CONFIG_FTRACE_SYSCALLS and CONFIG_CGROUPS.',
    },
  },
  judge({ host: { types } }) {
    if (!types.isThere && !types.hasSysfs)
      return [
        {
          id: 'sysfs_missing',
          evidence: `${types.path} is missing, and so is all of /sys/kernel`,
          fix: { command: 'mount', args: ['-t', 'sysfs', 'sysfs', '/sys'] },
        },
      ]
    if (!types.isThere)
      return [{ id: 'types_missing', evidence: `${types.path} is missing or cannot be read` }]
    if (types.missingTracepoints.length > 0)
      return [
        {
          id: 'tracepoints_missing',
          evidence: `${types.path} has no ${types.missingTracepoints.join(', ')}`,
        },
      ]
    return `${types.path} is there, and has all tracepoints`
  },
})
