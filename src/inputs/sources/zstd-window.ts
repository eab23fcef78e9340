import { InputError } from '../../errors.js'

/** What a zstd file may ask for while it is read, as the zstd command itself allows. */
const MAX_WINDOW_BYTES = 2 ** 27
const MAGIC = 0xfd2fb528

/**
 * Refuses zstd data whose first frame needs more memory than a file may: made by `zstd --long=31` or `--ultra`.
 * @param head the first bytes of the data
 * @throws InputError `UNSUPPORTED_FORMAT`
 * @see https://www.rfc-editor.org/rfc/rfc8878#name-frame-header
 */
export function requireSmallWindow(head: Buffer): void {
  if (head.length < 6 || head.readUInt32LE(0) !== MAGIC) return
  const descriptor = head[4]!
  const isSingleSegment = (descriptor & 0x20) !== 0
  const bytes = isSingleSegment ? contentBytes(head, descriptor) : windowBytes(head[5]!)
  if (bytes > MAX_WINDOW_BYTES) throw largeWindow(`${Math.ceil(bytes / 2 ** 20)} MB`)
}

export function largeWindow(needed: string): InputError {
  return new InputError(
    'UNSUPPORTED_FORMAT',
    `Expected zstd data that is read with at most ${MAX_WINDOW_BYTES / 2 ** 20} MB of memory, got some that needs ${needed} (zstd --long or --ultra); ` +
      'decompress it first (zstd -d --long=31 FILE), or compress it again without --long.',
  )
}

function windowBytes(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

/** Of a frame that is decompressed in one piece: its window is as large as its content. */
function contentBytes(head: Buffer, descriptor: number): number {
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!
  const size = descriptor >> 6
  if (at + 8 > head.length) return 0
  if (size === 0) return head[at]!
  if (size === 1) return head.readUInt16LE(at) + 256
  return size === 2 ? head.readUInt32LE(at) : Number(head.readBigUInt64LE(at))
}
