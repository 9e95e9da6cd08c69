/** Headers whose macros are ioctl commands, in the order in which names win where two have the same number. */
export const ioctlHeaders = `
asm/ioctls.h linux/sockios.h linux/fs.h linux/if_tun.h linux/eventpoll.h linux/pidfd.h linux/nsfs.h linux/loop.h linux/blkpg.h
linux/blkzoned.h linux/random.h linux/rtc.h linux/perf_event.h linux/userfaultfd.h linux/seccomp.h linux/kvm.h linux/vhost.h
linux/fuse.h linux/btrfs.h linux/fiemap.h linux/fscrypt.h linux/fsverity.h linux/msdos_fs.h linux/auto_fs.h linux/vt.h linux/kd.h
linux/input.h linux/uinput.h linux/hidraw.h linux/hiddev.h linux/hdreg.h linux/cdrom.h linux/fd.h linux/mtio.h linux/raw.h
linux/dm-ioctl.h linux/nbd.h linux/nvme_ioctl.h scsi/sg.h scsi/scsi_ioctl.h linux/bsg.h linux/watchdog.h linux/ppp-ioctl.h
linux/if_pppox.h linux/vm_sockets.h linux/tee.h linux/spi/spidev.h linux/i2c-dev.h linux/gpio.h linux/usbdevice_fs.h linux/pps.h
linux/ptp_clock.h linux/sync_file.h linux/dma-buf.h linux/dma-heap.h linux/udmabuf.h linux/vfio.h linux/iommufd.h linux/vduse.h
linux/videodev2.h linux/media.h linux/lirc.h drm/drm.h linux/ppdev.h linux/lp.h
linux/atmdev.h linux/serial.h linux/mei.h linux/ipmi.h linux/mmc/ioctl.h linux/ioprio.h linux/tiocl.h linux/net_tstamp.h asm/termbits.h
`
/** Prefixes of macros of old commands that are plain numbers. */
export const plainCommands =
  /^(TC|TIO|FIO|SIOC|BLK|FIBMAP|FIGETBSZ|LOOP_|KD|GIO_|PIO_|VT_|HDIO_|CDROM|SG_|SCSI_IOCTL_|NBD_|RAW_)/
/** Macros that look like commands but are not. */
export const notCommands =
  /^(TIOCM_|TIOCPKT_|TIOCSER_TEMT|SIOC(DEV|PROTO)PRIVATE|TIOCL_|KDHDIR|BLKPG_|SG_(MAX|DEF|SCATTER|FLAG|INFO|DXFER|INTERFACE|ERR)|VT_(AUTO|PROCESS|ACKACQ|EVENT_|MAX|OPENQRY_)|LOOP_SET_STATUS_|CDROM_(PACKET|LBA|MSF|DATA_|LEADOUT|AUDIO_|MAX|LAST_|WRITE_|MRW|RETURN))|_HDR_SIZE$/
