import type { Payload, PointId } from '../../document.js'
import { isSamePayload } from '../../stores/same-payload.js'
import { wrapPayload } from '../collection/layout.js'
import type { PlannedCollection } from '../collection/opened-collection.js'
import type { DocumentChunker } from './document-chunker.js'
import { chunkId, chunksIn, type DocumentUnderWay, type Passage, payloadOf, type StoredForm } from './passage.js'

/** What the store says of documents: a document is stored as it is if its points are there with the payload that it would give now. */
export class StoredDocuments {
  readonly #stored: PlannedCollection
  readonly #chunker: DocumentChunker | null

  constructor(stored: PlannedCollection, chunker: DocumentChunker | null) {
    this.#stored = stored
    this.#chunker = chunker
  }

  /** The passages of the documents whose points are missing or have another payload. */
  async findChanged(documents: readonly DocumentUnderWay[]): Promise<ReadonlyMap<DocumentUnderWay, Passage[]>> {
    const passages = documents.map((document) => document.cut(this.#chunker))
    const others = this.#chunker?.leavesWhole ? documents.flatMap(({ key }) => [key, chunkId(key, 0)]) : []
    const ids = [...passages.flat().map(({ id }) => id), ...others]
    const payloads = await this.#readPayloads([...new Set(ids)])
    const changed = documents.flatMap((document, i): [DocumentUnderWay, Passage[]][] => {
      const own = passages[i]!
      const stored = own.map(({ id }) => payloads.get(id))
      const isStored = (passage: Passage, number: number) =>
        stored[number] !== undefined &&
        isSamePayload(stored[number], wrapPayload(payloadOf(passage), passage.id, this.#stored.plan))
      if (own.every(isStored)) return []
      if (this.#chunker !== null) {
        const chunks = [payloads.get(chunkId(document.key, 0)), ...(own[0]!.id === document.key ? [] : stored)]
        document.sawStored({ chunks: Math.max(...chunks.map(chunksIn)), isWhole: payloads.has(document.key) })
      }
      return [[document, own]]
    })
    return new Map(changed)
  }

  /** The documents of which a point is missing, for documents that were stored as they are: no text is cut, and few payloads are read. */
  async findMissing(documents: readonly DocumentUnderWay[]): Promise<DocumentUnderWay[]> {
    if (this.#chunker === null) {
      const there = await this.#findIds(documents.map(({ key }) => key))
      return documents.filter(({ key }) => !there.has(key))
    }
    const keys = documents.map(({ key }) => key)
    const firsts = await this.#readPayloads(keys.map((key) => chunkId(key, 0)))
    const wholes = this.#chunker.leavesWhole ? await this.#findIds(keys) : new Set<PointId>()
    const others = keys.map((key) => {
      const chunks = chunksIn(firsts.get(chunkId(key, 0)))
      return Array.from({ length: Math.max(0, chunks - 1) }, (_, i) => chunkId(key, i + 1))
    })
    const there = await this.#findIds(others.flat())
    const isInChunks = (key: PointId, i: number) =>
      firsts.has(chunkId(key, 0)) && others[i]!.every((id) => there.has(id))
    return documents.filter(({ key }, i) => !wholes.has(key) && !isInChunks(key, i))
  }

  /** How the version of a document is stored that is there now. */
  async formOf(key: PointId): Promise<StoredForm> {
    const payloads = await this.#readPayloads([key, chunkId(key, 0)])
    return {
      chunks: chunksIn(payloads.get(chunkId(key, 0))),
      isWhole: this.#chunker?.leavesWhole === true && payloads.has(key),
    }
  }

  async #readPayloads(ids: readonly PointId[]): Promise<ReadonlyMap<PointId, Payload | null>> {
    if (ids.length === 0) return new Map()
    const { store, collection } = this.#stored
    const points = await store.retrieve(collection, ids)
    return new Map(points.map(({ id, payload }) => [id, payload]))
  }

  async #findIds(ids: readonly PointId[]): Promise<ReadonlySet<PointId>> {
    if (ids.length === 0) return new Set()
    const { store, collection } = this.#stored
    const points = await store.retrieve(collection, ids, { payload: false })
    return new Set(points.map(({ id }) => id))
  }
}
