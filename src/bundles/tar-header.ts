import { ModelError } from '../errors.js'

/** Everything in a tar file is in blocks of so many bytes. */
export const TAR_BLOCK_BYTES = 512

/**
 * The first bytes of every bundle: gzip without a name, a time, and a word of level and system, which are noise to what is inside.
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-2.3
 */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

export interface TarFile {
  /** With forward slashes. */
  readonly path: string
  readonly sizeBytes: number
  readonly isExecutable?: boolean
}

/** 1980-01-01: the same in every bundle, and no time that tar calls implausibly old. */
const CHANGED_AT_SECONDS = 315_532_800

const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  userId: [108, 8],
  groupId: [116, 8],
  size: [124, 12],
  changedAt: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const

const REGULAR_FILE = '0'
const MAGIC = 'ustar\x0000'

/**
 * The header of a regular file in POSIX ustar, with no owner, no time and one of two modes: equal contents are equal bytes.
 *
 * Why no tar library: what is wanted of the reader is that it knows regular files alone, with names in the header itself. The libraries
 * follow pax and GNU headers, which rename and resize an entry after it was looked at, take unknown types for files, and have no
 * back-pressure over web streams.
 * @throws ModelError `BUNDLE_PATH_TOO_LONG`, `BUNDLE_FILE_TOO_LARGE`
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export function writeTarHeader({ path, sizeBytes, isExecutable = false }: TarFile): Buffer {
  const [prefix, name] = splitPath(path)
  if (sizeBytes >= 8 ** 11) {
    throw new ModelError(
      'BUNDLE_FILE_TOO_LARGE',
      `${path}: expected a file of less than 8 GiB, got ${sizeBytes} bytes.`,
    )
  }
  const block = Buffer.alloc(TAR_BLOCK_BYTES)
  const put = (field: keyof typeof FIELDS, text: string) => block.write(text, FIELDS[field][0], 'utf8')
  const putNumber = (field: keyof typeof FIELDS, value: number) =>
    put(field, value.toString(8).padStart(FIELDS[field][1] - 1, '0'))
  put('name', name)
  put('prefix', prefix)
  putNumber('mode', isExecutable ? 0o755 : 0o644)
  putNumber('userId', 0)
  putNumber('groupId', 0)
  putNumber('size', sizeBytes)
  putNumber('changedAt', CHANGED_AT_SECONDS)
  put('type', REGULAR_FILE)
  put('magic', MAGIC)
  put('checksum', `${checksumOf(block).toString(8).padStart(6, '0')}\0 `)
  return block
}

/**
 * The file that a header announces, or null for the zero block that ends an archive.
 * @throws ModelError `BUNDLE_DAMAGED` if it is anything but the ustar header of a regular file
 */
export function readTarHeader(block: Buffer): TarFile | null {
  if (block.every((byte) => byte === 0)) return null
  const text = (field: keyof typeof FIELDS) => {
    const [start, length] = FIELDS[field]
    const bytes = block.subarray(start, start + length)
    const end = bytes.indexOf(0)
    return bytes.toString('utf8', 0, end < 0 ? length : end)
  }
  const numberOf = (field: 'size' | 'checksum' | 'mode') => {
    const digits = text(field).trim()
    if (!/^[0-7]+$/.test(digits)) throw damaged(`a header whose ${field} is no octal number`)
    return Number.parseInt(digits, 8)
  }
  const [start, length] = FIELDS.magic
  if (block.toString('latin1', start, start + length) !== MAGIC) throw damaged('a header that is not ustar')
  if (numberOf('checksum') !== checksumOf(block)) throw damaged('a header with a wrong checksum')
  const prefix = text('prefix')
  const path = prefix === '' ? text('name') : `${prefix}/${text('name')}`
  if (text('type') !== REGULAR_FILE) {
    throw damaged(`an entry of type ${JSON.stringify(text('type'))} (${path}), and expects regular files alone`)
  }
  return { path, sizeBytes: numberOf('size'), isExecutable: (numberOf('mode') & 0o100) !== 0 }
}

export function damaged(found: string, cause?: unknown): ModelError {
  return new ModelError(
    'BUNDLE_DAMAGED',
    `The bundle has ${found}. It is not used. Copy the file again and compare its SHA-256 with the one that "models bundle" printed.`,
    { cause },
  )
}

/** The sum of all bytes, those of the checksum itself counted as spaces. */
function checksumOf(block: Buffer): number {
  const [start, length] = FIELDS.checksum
  let sum = 0
  for (let i = 0; i < TAR_BLOCK_BYTES; i++) sum += i >= start && i < start + length ? 0x20 : block[i]!
  return sum
}

/** Prefix and name of a path, the latter as long as it may be. */
function splitPath(path: string): [prefix: string, name: string] {
  const [, nameBytes] = FIELDS.name
  const [, prefixBytes] = FIELDS.prefix
  if (Buffer.byteLength(path) <= nameBytes) return ['', path]
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)]
    if (Buffer.byteLength(name) <= nameBytes && Buffer.byteLength(prefix) <= prefixBytes) return [prefix, name]
  }
  throw new ModelError(
    'BUNDLE_PATH_TOO_LONG',
    `${path}: expected a path that fits a tar header (100 bytes behind a slash).`,
  )
}
