import type { Encoder } from '../../encoders/encoder.js'
import type { Store } from '../../stores/store.js'
import type { CollectionPlan } from './collection-plan.js'

/** A collection where it is stored; it may not be there yet. */
export interface StoredCollection<S = Store> {
  readonly store: S
  /** Its name. */
  readonly collection: string
}

/** A collection, and how its vectors are made. */
export interface PlannedCollection<S = Store> extends StoredCollection<S> {
  readonly plan: CollectionPlan
}

/** A collection, and who makes its vectors: what documents are ingested into and queries are searched in. */
export interface OpenedCollection<E extends Encoder = Encoder, S = Store> extends PlannedCollection<S> {
  readonly encoder: E
}
