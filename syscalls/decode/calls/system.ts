/** Calls on the machine and the kernel. */
export const system = `
uname                  out_utsname
olduname               out_old_utsname
oldolduname            out_oldold_utsname
sysinfo                out_sysinfo
syslog                 syslog_action of(syslog,0) of(syslog,0)
sethostname,setdomainname  bytes(1) int
getrandom              out_hex_payload ulong getrandom
reboot                 reboot_magic1 reboot_magic2 reboot of(reboot,2)
init_module            ptr ulong string
finit_module           fd string module_init
delete_module          string delete_module
create_module,vm86     hex hex
query_module           hex hex hex hex hex
kexec_load             ptr ulong ptr kexec_flags
kexec_file_load        fd fd ulong bytes(2) kexec_file(long)
bpf                    bpf bpf_attr(0,2) uint nothing nothing = bpf
perf_event_open        perf_event_attr int int fd perf_open(long) = fd
modify_ldt             int ptr ulong
set_thread_area,get_thread_area  inout_user_desc
set_tls,vm86old        ptr
iopl                   int
ioperm                 hex hex int
vhangup
pciconfig_iobase       long ulong ulong
pciconfig_read,pciconfig_write  ulong ulong ulong ulong ptr
nfsservctl             hex hex hex
`
