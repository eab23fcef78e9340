import type { PointId } from '../../document.js'
import type { Point } from '../../stores/store.js'
import type { StoredCollection } from '../collection/opened-collection.js'

/** Called after each upsert with the number of its points and how long the store took, also where it failed. */
export type UpsertWatcher = (points: number, seconds: number) => void

/** Stores a batch while somebody watches. */
export async function watchedUpsert(
  { store, collection }: StoredCollection,
  points: readonly Point[],
  onUpsert?: UpsertWatcher,
): Promise<void> {
  const started = performance.now()
  try {
    await store.upsert(collection, points)
  } finally {
    onUpsert?.(points.length, (performance.now() - started) / 1000)
  }
}

/**
 * Upserts on their way to a store: at most `limit` at once, and never two with the same id, so that the later of two points wins.
 * Encoding goes on meanwhile.
 */
export class UpsertWindow {
  readonly #limit: number
  readonly #underWay = new Map<Promise<void>, ReadonlySet<PointId>>()
  #failure: { readonly error: unknown } | null = null

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Begins `upsert` as soon as there is room, and resolves then.
   * @throws the first failure of an upsert before
   */
  async add(ids: Iterable<PointId>, upsert: () => Promise<void>): Promise<void> {
    const own = new Set(ids)
    for (let blocking = this.#blocking(own); blocking.length > 0; blocking = this.#blocking(own)) {
      await Promise.race(blocking)
    }
    this.#throwFailure()
    const running = upsert().then(
      () => {
        this.#underWay.delete(running)
      },
      (error) => {
        this.#underWay.delete(running)
        this.#failure ??= { error }
      },
    )
    this.#underWay.set(running, own)
  }

  /** Waits for all that is under way. @throws the first failure */
  async settle(): Promise<void> {
    await this.idle()
    this.#throwFailure()
  }

  /** Waits for all that is under way, whatever comes of it. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay.keys())
  }

  #blocking(ids: ReadonlySet<PointId>): Promise<void>[] {
    const all = [...this.#underWay]
    if (all.length >= this.#limit) return all.map(([running]) => running)
    const isShared = (others: ReadonlySet<PointId>) => [...ids].some((id) => others.has(id))
    return all.filter(([, others]) => isShared(others)).map(([running]) => running)
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}
