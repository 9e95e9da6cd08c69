/** Calls on sockets and System V queues. */
export const network = `
socket                 address_family socket_type socket_protocol(0) = fd
socketpair             address_family socket_type socket_protocol(0) out_descriptor_pair
bind,connect           fd sockaddr(2) int
listen                 fd int
accept                 fd out_sockaddr(2) socklen = fd
accept4                fd out_sockaddr(2) socklen socket_bits = fd
getsockname,getpeername  fd out_sockaddr(2) socklen
send                   fd payload(2) ulong message_flags
recv                   fd out_payload ulong message_flags
sendto                 fd payload(2) ulong message_flags sockaddr(5) int
recvfrom               fd out_payload ulong message_flags out_sockaddr(5) socklen
sendmsg                fd message message_flags
recvmsg                fd out_message message_flags
sendmmsg               fd messages(2) uint message_flags
recvmmsg               fd out_messages(2) uint message_flags timespec_timeout
recvmmsg_time64        fd out_messages(2) uint message_flags timespec64_timeout
shutdown               fd shutdown
setsockopt             fd socket_level socket_option(1) option_value(4) int
getsockopt             fd socket_level socket_option(1) out_option_value(4) socklen
mq_open                path open_flags mq_mode_if_creat mq_attributes_if_creat = fd
mq_unlink              path
mq_timedsend           fd payload(2) ulong uint timespec
mq_timedsend_time64    fd payload(2) ulong uint timespec64
mq_timedreceive        fd out_payload ulong out_uint_pointed timespec
mq_timedreceive_time64 fd out_payload ulong out_uint_pointed timespec64
mq_notify              fd sigevent
mq_getsetattr          fd mq_attr out_mq_attr
msgget                 key ipc_get
msgsnd                 int ptr ulong msg_flags
msgrcv                 int ptr ulong long msg_flags
msgctl                 int ipc_command(msgctl) of(msgctl,1)
semget                 key int ipc_get
semop                  int sembuf_array(2) uint
semtimedop             int sembuf_array(2) uint timespec
semtimedop_time64      int sembuf_array(2) uint timespec64
semctl                 int int ipc_command(semctl) of(semctl,2)
`
