/** The model of each kind of vector where none is named; they are bundled. */
export const DEFAULT_MODELS: Readonly<Record<'dense' | 'bm25' | 'late', string>> = {
  dense: 'sentence-transformers/all-MiniLM-L6-v2',
  bm25: 'Qdrant/bm25',
  late: 'offgrid/all-MiniLM-L6-v2-late',
}
