import { type CollectionPlan, METHODS, type Method } from '../pipeline/collection-plan.js'
import { openCollectionPlan } from '../pipeline/open-collection.js'
import { openStore } from '../pipeline/open-store.js'
import type { Store } from '../stores/store.js'

/** An embedded store as it was when it was opened, and how its collections were filled. */
export class StoreView {
  readonly #store: Store
  readonly #models: Readonly<Record<Method, string>>
  readonly #plans = new Map<string, CollectionPlan>()
  readonly #uses = new Set<Promise<unknown>>()

  private constructor(store: Store, models: Readonly<Record<Method, string>>) {
    this.#store = store
    this.#models = models
  }

  /**
   * @param models of collections that do not say how they were filled
   * @throws StoreError `STORE_MISSING`, `STORE_CORRUPT`, `STORE_VERSION`
   */
  static async open(path: string, models: Readonly<Record<Method, string>>): Promise<StoreView> {
    return new StoreView(await openStore({ path }, 'read'), models)
  }

  /** Reads from the store, which stays open until that is done. */
  async use<T>(read: (store: Store) => Promise<T>): Promise<T> {
    const reading = read(this.#store)
    this.#uses.add(reading)
    try {
      return await reading
    } finally {
      this.#uses.delete(reading)
    }
  }

  /** @throws StoreError `COLLECTION_MISSING`; ModelError `MODEL_CHANGED`; InputError `COLLECTION_MISMATCH` */
  async planOf(collection: string): Promise<CollectionPlan> {
    const known = this.#plans.get(collection)
    if (known !== undefined) return known
    const plan = await openCollectionPlan(this.#store, collection, this.#models)
    this.#plans.set(collection, plan)
    return plan
  }

  /** The collections with their number of points, and the lists that a search of them has. */
  describe(): Promise<object[]> {
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
    await this.#store.close()
  }
}
