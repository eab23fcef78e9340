import type { PointId } from '../../../document.js'
import { InputError } from '../../../errors.js'
import { maxJsonBytes, writeVectorJson } from '../../../vectors/vector-json.js'
import type { Vector } from '../../../vectors.js'
import { parsePointId } from '../../request/point-id.js'
import { isSparse } from '../../request/vector-input.js'
import type { Point } from '../../store.js'
import { type TypedPoint, typedPoint } from '../../typed-point.js'

const HEAD = Buffer.from('{"points":[')
const TAIL = Buffer.from(']}')
const COMMA = Buffer.from(',')

const FIRST_CAPACITY_BYTES = 64 * 1024

/** What can be compared of a point that is read back. */
export interface SentPoint {
  readonly vectorNames: readonly string[]
  readonly payload: unknown
  /** Of the point in the request. */
  readonly bytes: number
}

/**
 * Points as the body of one upsert, written straight from their typed arrays. It remembers where each point begins, so that half of a batch, or one point
 * of it, is sent again without being written again.
 */
export class PointBatch {
  readonly #shardKey: string | number | undefined
  readonly #halves: ReadonlySet<string>
  /** Canonical ids, in the order of writing. */
  readonly ids: PointId[] = []
  /** Point i stands in the bytes from `#ends[i − 1]` (and a comma) to `#ends[i]`. */
  readonly #ends: number[] = []
  readonly #tail: Buffer
  #bytes: Buffer
  #at = 0

  /**
   * @param shardKey where the points go in a collection with shards of its own making
   * @param halves names of multivectors that are kept as float16 and compared by cosine
   */
  constructor(
    capacityBytes = FIRST_CAPACITY_BYTES,
    shardKey?: string | number,
    halves: ReadonlySet<string> = new Set(),
  ) {
    this.#bytes = Buffer.allocUnsafeSlow(capacityBytes)
    this.#tail = shardKey === undefined ? TAIL : Buffer.from(`],"shard_key":${JSON.stringify(shardKey)}}`)
    this.#shardKey = shardKey
    this.#halves = halves
  }

  get count(): number {
    return this.ids.length
  }

  /** Memory that the batch holds: a good size for the next one. */
  get capacityBytes(): number {
    return this.#bytes.length
  }

  /** Bytes of the body of the points from `begin` to `end`. */
  bodyBytes(begin = 0, end = this.count): number {
    return HEAD.length + this.#tail.length + Math.max(0, (this.#ends[end - 1] ?? 0) - this.#startOf(begin))
  }

  /** The body of the points from `begin` to `end`, as pieces of this batch's memory. */
  body(begin = 0, end = this.count): Uint8Array[] {
    return [HEAD, this.#bytes.subarray(this.#startOf(begin), this.#ends[end - 1]), this.#tail]
  }

  /**
   * Writes a point at the end; on an error the batch is as before.
   * @throws VectorError what {@link typedPoint} finds
   * @throws InputError `INVALID_PAYLOAD` a payload that is no JSON
   * @throws StoreError `REQUEST_REFUSED` an id that is neither an unsigned integer nor a UUID
   */
  add(point: Point): void {
    const before = this.#at
    try {
      const { vectors } = typedPoint(point, 'uploadPoints', this.count)
      const id = parsePointId(point.id)
      if (this.count > 0) this.#text(',')
      this.#text(`{"id":${JSON.stringify(id)},"vector":`)
      this.#vectors(vectors)
      this.#text(`,"payload":${payloadText(point)}}`)
      this.ids.push(id)
      this.#ends.push(this.#at)
    } catch (error) {
      this.#at = before
      throw error
    }
  }

  /** A point as it was written. */
  readPoint(point: number): SentPoint {
    const [begin, end] = [this.#startOf(point), this.#ends[point]!]
    const { vector, payload } = JSON.parse(this.#bytes.toString('utf8', begin, end)) as {
      readonly vector: object
      readonly payload: unknown
    }
    return { vectorNames: Array.isArray(vector) ? [''] : Object.keys(vector), payload, bytes: end - begin }
  }

  /** Takes the last point out and begins a new batch with it. */
  splitLast(): PointBatch {
    const last = this.count - 1
    const written = this.#bytes.subarray(this.#startOf(last), this.#at)
    const next = new PointBatch(Math.max(this.#bytes.length, written.length), this.#shardKey, this.#halves)
    next.#at = written.copy(next.#bytes)
    next.#ends.push(next.#at)
    next.ids.push(this.ids.pop()!)
    this.#ends.pop()
    this.#at = this.#ends[last - 1] ?? 0
    return next
  }

  #startOf(point: number): number {
    return point === 0 ? 0 : this.#ends[point - 1]! + COMMA.length
  }

  #vectors(vectors: TypedPoint['vectors']): void {
    const names = Object.keys(vectors)
    // The default vector has no name; a map with an empty name is not in Qdrant's documentation.
    if (names.length === 1 && names[0] === '') {
      this.#vector(vectors['']!, '')
      return
    }
    for (const [i, name] of names.entries()) {
      this.#text(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)
      this.#vector(vectors[name]!, name)
    }
    this.#text(names.length === 0 ? '{}' : '}')
  }

  /** Sparse values are stored as float32 on the server, so that is what is written. */
  #vector(vector: Vector, name: string): void {
    const sent = isSparse(vector) ? { indices: vector.indices, values: Float32Array.from(vector.values) } : vector
    this.#reserve(maxJsonBytes(sent))
    this.#at = writeVectorJson(this.#bytes, this.#at, sent, this.#halves.has(name))
  }

  #text(text: string): void {
    this.#reserve(text.length * 3) // UTF-8 takes at most three bytes for each UTF-16 unit
    this.#at += this.#bytes.write(text, this.#at, 'utf8')
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#at + bytes, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

function payloadText(point: Point): string {
  try {
    return JSON.stringify(point.payload) ?? 'null'
  } catch (cause) {
    throw new InputError(
      'INVALID_PAYLOAD',
      `Point ${point.id}: the payload cannot be written as JSON: ${(cause as Error).message}.`,
      { cause },
    )
  }
}
