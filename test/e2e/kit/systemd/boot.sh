#!/bin/sh
# boot.sh ROOT: as the first process of new namespaces, turns into the systemd of the Debian in ROOT. It cannot set up this machine:
# /sys and /proc/sys, which belong to all namespaces, are read-only, and the capabilities for modules, clock and reboot are gone.
set -e
root=$1

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for folder in dev run tmp; do mount -t tmpfs -o mode=755 tmpfs "$root/$folder"; done
chmod 1777 "$root/tmp"
mkdir "$root/dev/pts" "$root/dev/shm"
for device in full null random tty urandom zero; do
	touch "$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"

cd "$root"
pivot_root . mnt
exec chroot . sh -c 'umount -l /mnt &&
	exec env -i container=swoll-test PATH="$PATH" setpriv --bounding-set=-sys_module,-sys_time,-sys_boot \
		/lib/systemd/systemd --log-target=console'
