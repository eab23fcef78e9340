import type { Document } from '../document.js'
import type { RankedHit } from '../pipeline/search/search-options.js'
import type { Filter } from '../stores/store.js'
import type { ReadDocument } from './read-document.js'

/** A collection as an agent is told of it. */
export interface CollectionState {
  readonly collection: string
  readonly points: number
  /** Lists that a search of it has. */
  readonly methods: readonly string[]
  /** Why it cannot be searched. */
  readonly error?: string
}

export interface StoreState {
  /** Folder or URL. */
  readonly location: string
  readonly collections: readonly CollectionState[]
}

/** What became of documents that were to be stored. */
export interface StoreOutcome {
  readonly collection: string
  readonly stored: number
  readonly unchanged: number
  readonly rejected: readonly { readonly document: number; readonly reason: string }[]
}

/** Where an agent finds passages. Without a `collection` it is the one that the source was made for, or the only one. */
export interface PassageSource {
  search(
    query: string,
    options: { readonly collection?: string; readonly limit: number; readonly filter?: Filter },
    signal: AbortSignal,
  ): Promise<{ readonly collection: string; readonly hits: readonly RankedHit[] }>
  /** Null where there is no such document. */
  get(id: string | number, collection: string | undefined): Promise<ReadDocument | null>
  status(): Promise<StoreState>
  /** Missing where the store is only read. */
  store?(documents: readonly Document[], collection: string | undefined): Promise<StoreOutcome>
}
