import type { CollectionState } from '../mcp/passage-source.js'
import type { CollectionPlan, Method } from '../pipeline/collection/collection-plan.js'
import type { NamedVectors } from '../pipeline/collection/foreign-plan.js'
import { METHODS } from '../pipeline/collection/methods.js'
import { openCollectionPlan } from '../pipeline/collection/open-collection.js'
import type { ReadStore } from '../stores/store-thread-task.js'

/** An embedded store as it was when it was opened, and how its collections were filled. */
export class StoreView {
  readonly #opening: Promise<ReadStore>
  readonly #models: Readonly<Record<Method, string>>
  readonly #plans = new Map<string, CollectionPlan>()
  readonly #uses = new Set<Promise<unknown>>()

  /**
   * Every use waits for the store to be open, and fails as that does: a view is in use from when somebody has it, not from when it is open.
   * @param models of collections that do not say how they were filled
   */
  constructor(opening: Promise<ReadStore>, models: Readonly<Record<Method, string>>) {
    this.#opening = opening
    this.#models = models
    opening.catch(() => {})
  }

  /**
   * Reads from the store, which stays open until that is done.
   * @throws StoreError `STORE_MISSING`, `STORE_CORRUPT`, `STORE_VERSION`; what `read` throws
   */
  async use<T>(read: (store: ReadStore) => Promise<T>): Promise<T> {
    const reading = this.#opening.then(read)
    this.#uses.add(reading)
    try {
      return await reading
    } finally {
      this.#uses.delete(reading)
    }
  }

  /**
   * How a collection is searched.
   * @param named the vectors and models that a search is by, in place of what the collection says
   * @throws StoreError `COLLECTION_MISSING`; ModelError `MODEL_CHANGED`; InputError `COLLECTION_MISMATCH`
   */
  async planOf(collection: string, named?: NamedVectors): Promise<CollectionPlan> {
    const known = named === undefined ? this.#plans.get(collection) : undefined
    if (known !== undefined) return known
    const plan = await openCollectionPlan(await this.#opening, collection, this.#models, named)
    // what a caller names is not kept: there is no end of it
    if (named === undefined) this.#plans.set(collection, plan)
    return plan
  }

  /** The collections with their number of points, and the lists that a search of them has. */
  describe(): Promise<CollectionState[]> {
    return this.use(async (store) =>
      Promise.all(
        (await store.listCollections()).map(async (collection) => {
          const points = await store.count(collection)
          try {
            const { vectors } = await this.planOf(collection)
            return { collection, points, methods: METHODS.filter((method) => vectors[method] !== undefined) }
          } catch (error) {
            return { collection, points, methods: [], error: (error as Error).message }
          }
        }),
      ),
    )
  }

  /** Closes the store once nobody reads from it. */
  async close(): Promise<void> {
    while (this.#uses.size > 0) await Promise.allSettled(this.#uses)
    await (await this.#opening.catch(() => null))?.close()
  }
}
