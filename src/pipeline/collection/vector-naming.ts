import { architectureOf, type ModelEntry } from '../../onnx/manifest.js'

/** What the vectors of one model are called in a collection. */
export interface VectorNames {
  /** Name of the vector of a point's own text: of a chunk, where documents have a vector beside those of their chunks, else of whatever the point is. */
  readonly vector: string
  /**
   * Name of the vector of a whole document, on the point of its first chunk or on its only one. A document in one piece has this vector alone: so
   * there is one for each document, BM25's IDF counts documents, and nothing is there twice.
   */
  readonly documentVector?: string
}

/** Ends the names of vectors of chunks where whole documents have the plain ones, as they have them without chunks. */
const OF_CHUNKS = '-chunk'

/** The names of a model's vectors; the plain one is the last part of its own. @param keepsDocuments whether documents have vectors beside their chunks */
export function vectorNames(entry: ModelEntry, keepsDocuments: boolean): VectorNames {
  const plain = entry.name.slice(entry.name.lastIndexOf('/') + 1)
  // other sparse models cut a text off as dense ones do, and have no second list that reads its beginning alone
  const readsDocuments = entry.kind === 'dense' || architectureOf(entry) === 'bm25'
  return keepsDocuments && readsDocuments
    ? { vector: `${plain}${OF_CHUNKS}`, documentVector: plain }
    : { vector: plain }
}

/** Names of a method's vectors in the collection. */
export function namesOf(names: VectorNames | undefined): string[] {
  return names === undefined ? [] : [names.vector, names.documentVector].filter((name) => name !== undefined)
}

/** The names of a method with the settings of each: what is declared for one holds for the other, unless that has its own. */
export function settingsOfNames(
  planned: VectorNames | undefined,
  declared: Readonly<Record<string, object>>,
): [name: string, settings: object][] {
  const names = namesOf(planned)
  const all: object = Object.assign({}, ...names.map((name) => declared[name]))
  return names.map((name) => [name, { ...all, ...declared[name] }])
}
