import type { PointId } from '../../../document.js'
import { InputError } from '../../../errors.js'

export const ID_BYTES = 16

/** A point's id in 128 bits, a UUID's or a big-endian uint64 and zeros, and which of the two it is. */
export interface EncodedId {
  readonly bytes: Buffer
  readonly kind: number
}

const KIND_INTEGER = 0
const KIND_UUID = 1
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const TWO_TO_32 = 0x100000000

/** @throws InputError `INVALID_POINT_ID` for what is neither an unsigned integer nor a UUID */
export function encodeId(id: PointId): EncodedId {
  const bytes = Buffer.alloc(ID_BYTES)
  if (typeof id === 'string' && UUID.test(id)) {
    bytes.write(id.replaceAll('-', ''), 'hex')
    return { bytes, kind: KIND_UUID }
  }
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) {
    bytes.writeUInt32BE(Math.floor(id / TWO_TO_32), 0)
    bytes.writeUInt32BE(id % TWO_TO_32, 4)
    return { bytes, kind: KIND_INTEGER }
  }
  throw new InputError('INVALID_POINT_ID', `A point's id is an unsigned integer or a UUID; got ${JSON.stringify(id)}.`)
}

export function decodeId({ bytes, kind }: EncodedId): PointId {
  if (kind === KIND_INTEGER) return bytes.readUInt32BE(0) * TWO_TO_32 + bytes.readUInt32BE(4)
  for (let i = 0; i < ID_BYTES; i++) {
    const at = HEX_PLACES[i]!
    uuid[at] = HEX_DIGITS.charCodeAt(bytes[i]! >> 4)
    uuid[at + 1] = HEX_DIGITS.charCodeAt(bytes[i]! & 15)
  }
  return uuid.toString('latin1')
}

const HEX_DIGITS = '0123456789abcdef'

/** Where the digits of each byte stand in a UUID. */
const HEX_PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/** The text of the UUID that is being decoded; whole strings are faster to compare than ones put together. */
const uuid = Buffer.from('00000000-0000-0000-0000-000000000000')

/** 32 well-mixed bits of the {@link ID_BYTES} of an id at `at` (the finalizer of MurmurHash3, run over its words). */
export function hashId(view: DataView, at: number): number {
  let hash = 0
  for (let i = 0; i < ID_BYTES; i += 4) {
    hash = Math.imul(hash ^ view.getUint32(at + i), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash >>> 0
}
