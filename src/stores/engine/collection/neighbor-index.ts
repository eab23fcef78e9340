import { loadNativePackage } from '../../../native-package.js'

/** What is used of an `Index` of usearch, whose package and types an installation need not have. */
export interface NeighborIndex {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void
  search(query: Float32Array, count: number, threads: number): { readonly keys: BigUint64Array }
  save(path: string): void
  load(path: string): void
  view(path: string): void
}

/** As usearch names them. */
export interface NeighborIndexOptions {
  readonly dimensions: number
  readonly metric: string
  readonly quantization: string
  readonly connectivity: number
  readonly expansion_add: number
  readonly expansion_search: number
  readonly multi: boolean
}

type Usearch = { readonly Index: new (options: NeighborIndexOptions) => NeighborIndex }

/** The constructor of usearch's index; null where this platform has no binary of it. */
export function neighborIndexClass(): Usearch['Index'] | null {
  try {
    return loadNativePackage<Usearch>('usearch').Index
  } catch {
    return null
  }
}
