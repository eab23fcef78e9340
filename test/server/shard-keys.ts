import { StoreError } from '../../src/errors.js'

/**
 * Shard keys of collections with custom sharding, which the engine behind the test server does not have: which there are, and that a request names one of
 * them. All points of a collection are kept together all the same.
 */
export class ShardKeys {
  readonly #keys = new Map<string, Set<unknown>>()

  /** The body of a request to create a collection, without what the engine refuses. */
  create(collection: string, body: Record<string, unknown>): Record<string, unknown> {
    this.#keys.delete(collection)
    if (body.sharding_method === 'custom') this.#keys.set(collection, new Set())
    const { sharding_method: _method, ...rest } = body
    return rest
  }

  add(collection: string, key: unknown): boolean {
    const keys = this.#keys.get(collection)
    if (keys === undefined) throw refused(400, 'Bad request: Shard Key cannot be created with Auto sharding method')
    if (keys.has(key)) throw refused(409, `Wrong input: Sharding key ${String(key)} already exists`)
    keys.add(key)
    return true
  }

  isCustom(collection: string): boolean {
    return this.#keys.has(collection)
  }

  /** An upsert into a collection with custom sharding has to say where to. */
  check(collection: string, key: unknown, isWrite: boolean): void {
    const keys = this.#keys.get(collection)
    if (keys === undefined || (key === undefined && !isWrite)) return
    if (key === undefined) throw refused(400, 'Bad request: Shard key not specified')
    if (!keys.has(key)) throw refused(404, `Not found: Shard key ${String(key)} not found`)
  }
}

function refused(status: number, message: string): StoreError {
  return new StoreError('REQUEST_REFUSED', message, { status })
}
