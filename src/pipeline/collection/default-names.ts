import type { Method } from './collection-plan.js'

/** Collection and folder of whoever names none. */
export const DEFAULT_COLLECTION = 'hybrid-search'
export const DEFAULT_STORE = '.offgrid/store'

/** Default model of each method. */
export const DEFAULT_MODELS: Readonly<Record<Method, string>> = {
  dense: 'sentence-transformers/all-MiniLM-L6-v2',
  bm25: 'Qdrant/bm25',
  late: 'offgrid/all-MiniLM-L6-v2-late',
}
