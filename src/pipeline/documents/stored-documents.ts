import type { Payload, PointId } from '../../document.js'
import { isSamePayload } from '../../stores/same-payload.js'
import { wrapPayload } from '../collection/layout.js'
import type { PlannedCollection } from '../collection/opened-collection.js'
import type { DocumentChunker } from './document-chunker.js'
import { chunkId, chunksIn, type DocumentUnderWay, type Passage, payloadOf } from './passage.js'

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
    const payloads = await this.#readPayloads(passages.flat().map(({ id }) => id))
    const changed = documents.flatMap((document, i): [DocumentUnderWay, Passage[]][] => {
      const own = passages[i]!
      const stored = own.map(({ id }) => payloads.get(id))
      const isStored = (passage: Passage, number: number) =>
        stored[number] !== undefined &&
        isSamePayload(stored[number], wrapPayload(payloadOf(passage), passage.id, this.#stored.plan))
      if (own.every(isStored)) return []
      if (this.#chunker !== null) document.sawStoredChunks(Math.max(...stored.map(chunksIn)))
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
    const firsts = await this.#readPayloads(documents.map(({ key }) => chunkId(key, 0)))
    const others = documents.map(({ key }) => {
      const chunks = chunksIn(firsts.get(chunkId(key, 0)))
      return Array.from({ length: chunks - 1 }, (_, i) => chunkId(key, i + 1))
    })
    const there = await this.#findIds(others.flat())
    return documents.filter(({ key }, i) => !firsts.has(chunkId(key, 0)) || others[i]!.some((id) => !there.has(id)))
  }

  /** Chunks of the version of a document that is stored now. */
  async countChunks(key: PointId): Promise<number> {
    const payloads = await this.#readPayloads([chunkId(key, 0)])
    return chunksIn(payloads.get(chunkId(key, 0)))
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
