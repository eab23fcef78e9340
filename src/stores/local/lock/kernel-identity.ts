import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'

/**
 * What tells one running kernel from another, whatever host name or process namespace a container gives: on Linux the id of its boot, elsewhere,
 * where containers have a kernel of their own, the host name. Null where the system does not say.
 */
export function kernelIdentity(): string | null {
  if (process.platform !== 'linux') return `${process.platform}:${hostname()}`
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return null
  }
}

/**
 * File systems that one kernel alone can have mounted, by their number: ext2 to ext4, XFS, Btrfs, F2FS, ZFS, tmpfs, overlayfs, bcachefs. Those of a
 * network or of a virtual machine's host (NFS, SMB, FUSE, 9p, virtiofs, Ceph) are not among them.
 * @see https://man7.org/linux/man-pages/man2/statfs.2.html
 */
const OWN_FILE_SYSTEMS = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994, 0x794c7630, 0xca451a4e,
])

/** Whether a folder may be in use by other kernels at the same time; where that is not known, it may. */
export async function isSharedFolder(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return true
  try {
    return !OWN_FILE_SYSTEMS.has((await statfs(folder)).type)
  } catch {
    return true
  }
}
