#!/bin/sh
# enter.sh ROOT HOW COMMAND…: as the first process of new mount and process namespaces, runs the command in the system in ROOT.
# HOW is `pivot`: ROOT becomes the root of the mounts, as in a container or a virtual machine; or `chroot`: it is a folder that is not
# a mount, so that nothing in there can make its mounts private.
set -e
root=$1 how=$2
shift 2

[ "$how" = chroot ] || mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in full null random tty urandom zero; do
	touch "$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir -p "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
chmod 1777 "$root/dev/shm"

[ "$how" = pivot ] || exec chroot "$root" "$@"
cd "$root"
pivot_root . mnt
exec chroot . sh -c 'umount -l /mnt && exec "$@"' sh "$@"
