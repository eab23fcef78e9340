import type { Schemas } from '#qdrant-client'
import type { Side } from '../../encoders/encoder.js'
import { isMissing, type JsonObject } from '../../options.js'
import type { Collection, EngineOptions } from '../engine/collection/collection.js'
import { distanceMatrix } from '../engine/search/distance-matrix.js'
import type { FindCollection } from '../engine/search/example-lookup.js'
import { countFacet } from '../engine/search/facet.js'
import { groupPoints } from '../engine/search/group-points.js'
import { queryPoints, queryPointsBatch } from '../engine/search/query-points.js'
import { countPoints, retrievePoint, retrievePoints, scrollPoints } from '../engine/search/read-points.js'
import * as writes from '../engine/write/write-points.js'
import { expectArray, expectObject } from '../request/json-shape.js'
import { unsupported } from '../request/refusal.js'
import { refuseDeep } from '../request/request-depth.js'
import type { EmbeddedStorage } from '../table/storage.js'
import { CollectionsClient, type UpdateResult, type WriteOptions } from './collections-client.js'
import { type EmbedTexts, TextInference } from './text-inference.js'
import { parseUpdateOperation } from './update-operations.js'

/** What Qdrant's client takes beside a request; both say nothing to a store in this process. */
export interface ReadOptions {
  readonly consistency?: Schemas['ReadConsistency']
  readonly timeout?: number
}

/** Parts of a request in which vectors stand, and so may texts. */
const VECTORS_OF_WRITES = ['points', 'batch']
const VECTORS_OF_QUERIES = ['query', 'prefetch']

/** The half of {@link LocalClient} that is about points: writes, reads and queries. */
export abstract class PointsClient extends CollectionsClient {
  readonly #inference: TextInference
  readonly #underWay = new Set<Promise<unknown>>()

  /** @param embedTexts makes the vectors of texts of other models than BM25 */
  protected constructor(storage: EmbeddedStorage, options?: EngineOptions, embedTexts?: EmbedTexts) {
    super(storage, options)
    this.#inference = new TextInference(embedTexts)
  }

  /**
   * Stores points whole, in place of those that have their ids.
   * @throws VectorError `VECTOR_DIMENSION`, `VECTOR_NOT_FINITE`, `SPARSE_DUPLICATE_INDEX`, …; StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`
   */
  upsert(collection: string, request: Schemas['PointInsertOperations'] & WriteOptions): Promise<UpdateResult> {
    return this.#write(collection, writes.upsertPoints, request)
  }

  /**
   * Removes points by their ids or a filter; ids that are not there are no error.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`
   */
  delete(collection: string, request: Schemas['PointsSelector'] & WriteOptions): Promise<UpdateResult> {
    return this.#write(collection, writes.deletePoints, request, false)
  }

  /**
   * Sets fields of payloads, the others stay.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`, `NOT_FOUND`
   */
  setPayload(collection: string, request: Schemas['SetPayload'] & WriteOptions): Promise<UpdateResult> {
    return this.#write(collection, writes.setPayload, request)
  }

  /** Replaces whole payloads. @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`, `NOT_FOUND` */
  overwritePayload(collection: string, request: Schemas['SetPayload'] & WriteOptions): Promise<UpdateResult> {
    return this.#write(collection, writes.overwritePayload, request)
  }

  /** Removes fields of payloads. @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`, `NOT_FOUND` */
  deletePayload(collection: string, request: Schemas['DeletePayload'] & WriteOptions): Promise<UpdateResult> {
    return this.#write(collection, writes.deletePayload, request)
  }

  /** Empties payloads. @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED` */
  clearPayload(collection: string, request: Schemas['PointsSelector'] & WriteOptions): Promise<UpdateResult> {
    return this.#write(collection, writes.clearPayload, request)
  }

  /**
   * Replaces the named vectors of points, the others stay.
   * @throws VectorError `VECTOR_DIMENSION`, …; StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`, `NOT_FOUND`
   */
  updateVectors(collection: string, request: Schemas['UpdateVectors'] & WriteOptions): Promise<UpdateResult> {
    return this.#write(collection, writes.updateVectors, request)
  }

  /** Removes named vectors of points. @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`, `VECTOR_UNKNOWN` */
  deleteVectors(collection: string, request: Schemas['DeleteVectors'] & WriteOptions): Promise<UpdateResult> {
    return this.#write(collection, writes.deleteVectors, request)
  }

  /** Runs the operations one after the other; where one fails, those before it stay applied. */
  batchUpdate(collection: string, request: Schemas['UpdateOperations'] & WriteOptions): Promise<UpdateResult[]> {
    return this.#known(this.#updateInTurn(collection, request))
  }

  async #updateInTurn(
    collection: string,
    request: Schemas['UpdateOperations'] & WriteOptions,
  ): Promise<UpdateResult[]> {
    checkRequest(request)
    const { operations, ...options } = expectObject(request, 'struct UpdateOperations')
    const parsed = expectArray(operations, 'operations').map(parseUpdateOperation)
    await this.database.collection(collection)
    const results: UpdateResult[] = []
    for (const { operation, request } of parsed) {
      results.push(await this.#write(collection, operation, { ...request, ...options }))
    }
    return results
  }

  /**
   * Points by their ids, with their payload unless told otherwise; ids that are not there are left out.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`
   */
  async retrieve(collection: string, request: Schemas['PointRequest'] & ReadOptions): Promise<Schemas['Record'][]> {
    const retrieve = (found: Collection, body: JsonObject) => retrievePoints(found, { with_payload: true, ...body })
    return (await this.#read(collection, request, retrieve)) as Schemas['Record'][]
  }

  /** The point of an id, with its payload and vectors: `GET /points/{id}`, which Qdrant's client lacks. */
  async retrievePoint(collection: string, id: number | string): Promise<Schemas['Record']> {
    const found = await this.database.collection(collection)
    return retrievePoint(found, id) as Schemas['Record']
  }

  /**
   * A page of points by ascending id, or by a payload field.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`
   */
  async scroll(
    collection: string,
    request: Schemas['ScrollRequest'] & ReadOptions = {},
  ): Promise<Schemas['ScrollResult']> {
    return (await this.#read(collection, request, scrollPoints)) as Schemas['ScrollResult']
  }

  /** How many points pass a filter, always exactly. @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED` */
  async count(
    collection: string,
    request: Schemas['CountRequest'] & ReadOptions = {},
  ): Promise<Schemas['CountResult']> {
    return { count: await this.#read(collection, request, countPoints) }
  }

  /**
   * The best points for a query of any kind, over prefetched and fused lists where it has them.
   * @throws VectorError `VECTOR_DIMENSION`, …; StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`, `VECTOR_UNKNOWN`, `INFERENCE_UNAVAILABLE`
   */
  async query(collection: string, request: Schemas['QueryRequest'] & ReadOptions): Promise<Schemas['QueryResponse']> {
    const points = await this.#search(collection, request, VECTORS_OF_QUERIES, queryPoints)
    return { points } as unknown as Schemas['QueryResponse']
  }

  /** Several queries at once, an answer for each in their order; otherwise as {@link query}. */
  async queryBatch(
    collection: string,
    request: Schemas['QueryRequestBatch'] & ReadOptions,
  ): Promise<Schemas['QueryResponse'][]> {
    const answers = await this.#search(collection, request, ['searches'], queryPointsBatch)
    return answers.map((points) => ({ points })) as unknown as Schemas['QueryResponse'][]
  }

  /** The best points for a query in groups by a payload field; otherwise as {@link query}. */
  async queryGroups(
    collection: string,
    request: Schemas['QueryGroupsRequest'] & ReadOptions,
  ): Promise<Schemas['GroupsResult']> {
    const groups = await this.#search(collection, request, VECTORS_OF_QUERIES, groupPoints)
    return { groups } as unknown as Schemas['GroupsResult']
  }

  /** How often each value of a payload field occurs. @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED` */
  async facet(collection: string, request: Schemas['FacetRequest'] & ReadOptions): Promise<Schemas['FacetResponse']> {
    return { hits: await this.#read(collection, request, countFacet) }
  }

  /**
   * Similarities of sampled points to their nearest ones, as pairs of ids.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`
   */
  async searchMatrixPairs(
    collection: string,
    request: Schemas['SearchMatrixRequest'] & ReadOptions,
  ): Promise<Schemas['SearchMatrixPairsResponse']> {
    const { ids, rows } = await this.#read(collection, request, distanceMatrix)
    const pairs = rows.flatMap(({ columns, scores }, row) =>
      columns.map((column, i) => ({ a: ids[row]!, b: ids[column]!, score: scores[i]! })),
    )
    return { pairs }
  }

  /** The same as {@link searchMatrixPairs}, as a sparse matrix. */
  async searchMatrixOffsets(
    collection: string,
    request: Schemas['SearchMatrixRequest'] & ReadOptions,
  ): Promise<Schemas['SearchMatrixOffsetsResponse']> {
    const { ids, rows } = await this.#read(collection, request, distanceMatrix)
    return {
      offsets_row: rows.flatMap(({ columns }, row) => columns.map(() => row)),
      offsets_col: rows.flatMap(({ columns }) => columns),
      scores: rows.flatMap(({ scores }) => scores),
      ids: [...ids],
    }
  }

  /** The request with vectors in place of texts; BM25 that is not the one that the collection was filled with is refused. */
  #embed(collection: string, request: object, keys: readonly string[], side: Side): Promise<JsonObject> {
    return this.#inference.embed(request, keys, side, {
      collection,
      recordedBm25: async () => {
        const { readRecordedBm25 } = await import('../collection-metadata.js')
        const { settings } = await this.database.collection(collection)
        return readRecordedBm25(settings.config.metadata as Record<string, unknown> | null | undefined)
      },
    })
  }

  async #read<Answer>(
    collection: string,
    request: object,
    read: (collection: Collection, request: JsonObject) => Answer,
  ): Promise<Answer> {
    checkRequest(request)
    return read(await this.database.collection(collection), request as JsonObject)
  }

  /** @param keys of the request under which vectors stand, and so may texts */
  async #search<Answer>(
    collection: string,
    request: object,
    keys: readonly string[],
    search: (collection: Collection, find: FindCollection, request: JsonObject) => Promise<Answer>,
  ): Promise<Answer> {
    const found = await this.#read(collection, request, (each) => each)
    return search(found, this.database.find, await this.#embed(collection, request, keys, 'query'))
  }

  override async close(): Promise<void> {
    // until their texts are embedded, the database does not know of these
    await Promise.allSettled(this.#underWay)
    await super.close()
  }

  /** A write, which {@link close} waits for. */
  #known<Result>(write: Promise<Result>): Promise<Result> {
    const forget = () => this.#underWay.delete(write)
    this.#underWay.add(write)
    write.then(forget, forget)
    return write
  }

  #write(collection: string, operation: writes.WriteOperation, request: object, waits = true): Promise<UpdateResult> {
    return this.#known(this.#embedAndWrite(collection, operation, request, waits))
  }

  async #embedAndWrite(
    collection: string,
    operation: writes.WriteOperation,
    request: object,
    waits: boolean,
  ): Promise<UpdateResult> {
    checkRequest(request)
    const body = await this.#embed(collection, request, VECTORS_OF_WRITES, 'document')
    const number = await this.database.write(collection, operation, body)
    return this.updateResult(number, request, waits)
  }
}

/** What every request is checked for. */
function checkRequest(request: object): void {
  refuseDeep(request)
  if (!isMissing(expectObject(request, 'a request').shard_key)) throw unsupported('shard_key')
}
