import { Document, type DocumentInterface } from '@langchain/core/documents'
import { Embeddings } from '@langchain/core/embeddings'
import { BaseRetriever, type BaseRetrieverInput } from '@langchain/core/retrievers'
import { BaseDocumentCompressor } from '@langchain/core/retrievers/document_compressors'
import { STORED_FIELDS } from '../document.js'
import { StoredPassages } from '../mcp/stored-passages.js'
import { given, requireCount } from '../options.js'
import { unwrapPayload } from '../pipeline/collection/layout.js'
import type { SearchOptions } from '../pipeline/search/search-options.js'
import { type CollectionPlace, locationOf } from '../product/collection-place.js'
import { checkSearchOptions } from '../product/search-collection.js'
import { type AdapterEmbeddingOptions, DenseTexts } from './dense-texts.js'
import { OpenedOnce } from './opened-once.js'
import { type AdapterRerankerOptions, RankedDocuments } from './ranked-documents.js'

/**
 * Dense vectors for LangChain. The model is opened at the first text.
 * @example
 * const store = await QdrantVectorStore.fromTexts(texts, metadatas, new OffgridEmbeddings(), { url, collectionName })
 */
export class OffgridEmbeddings extends Embeddings {
  readonly #texts: DenseTexts

  constructor(options: AdapterEmbeddingOptions = {}) {
    super({})
    this.#texts = new DenseTexts(options)
  }

  /** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_MODEL`, `INVALID_DOCUMENT`; ModelError */
  override embedDocuments(documents: string[]): Promise<number[][]> {
    return this.#texts.embed(documents, 'passage')
  }

  /** @throws as `embedDocuments` */
  override async embedQuery(query: string): Promise<number[]> {
    const [vector] = await this.#texts.embed([query], 'query')
    return vector!
  }

  /** Frees threads and memory. */
  close(): Promise<void> {
    return this.#texts.close()
  }
}

/** What an `OffgridRetriever` can be told. */
export interface OffgridRetrieverOptions extends BaseRetrieverInput, Pick<CollectionPlace, 'store'>, SearchOptions {
  /** Name of the collection. @default the only one of the store */
  readonly collection?: string
}

/**
 * The hybrid search of a collection that `offgrid ingest` filled, or that LangChain did: dense vectors, BM25 and late interaction, fused.
 * Store and models are opened at the first question and stay open; a store in a folder that was changed meanwhile is read anew.
 * @example
 * const retriever = new OffgridRetriever({ store: 'my-store', limit: 4 })
 * const documents = await retriever.invoke('What helps against gout?')
 */
export class OffgridRetriever extends BaseRetriever {
  override lc_namespace = ['offgrid', 'retrievers']
  readonly #passages: OpenedOnce<StoredPassages>
  readonly #searching: SearchOptions

  constructor(options: OffgridRetrieverOptions = {}) {
    const { store, collection, callbacks, tags, metadata, verbose, ...searching } = options
    super(given({ callbacks, tags, metadata, verbose }))
    checkSearchOptions('OffgridRetriever', searching)
    const location = locationOf('OffgridRetriever', store)
    this.#passages = new OpenedOnce(async () => new StoredPassages({ location, collection }))
    this.#searching = searching
  }

  static override lc_name(): string {
    return 'OffgridRetriever'
  }

  /**
   * What LangChain calls: a document for each hit, its fields as metadata, with `score` and the 1-based `ranks` in each list.
   * @throws StoreError `STORE_MISSING`, `COLLECTION_MISSING`, …; InputError `COLLECTION_UNCLEAR`, `METHOD_MISSING`; ModelError
   */
  override async _getRelevantDocuments(question: string): Promise<Document[]> {
    const passages = await this.#passages.get()
    const { hits, plan } = await passages.search(question, this.#searching)
    return hits.map(({ documentId, payload, score, ranks }) => {
      const { [STORED_FIELDS.text]: text, ...fields } = unwrapPayload(payload ?? {}, plan)
      const pageContent = typeof text === 'string' ? text : ''
      return new Document({ id: String(documentId), pageContent, metadata: { ...fields, score, ranks } })
    })
  }

  /** Frees store and models. */
  close(): Promise<void> {
    return this.#passages.close()
  }
}

/** What an `OffgridReranker` can be told. */
export interface OffgridRerankerOptions extends AdapterRerankerOptions {
  /** Documents that are kept. @default all */
  readonly topN?: number
}

/**
 * Orders documents by late interaction or a cross-encoder, and keeps the best: a compressor, as LangChain calls it. Each document's metadata
 * gets its `relevanceScore`. The model is opened at the first question.
 * @example
 * const best = await new OffgridReranker({ topN: 3 }).compressDocuments(documents, 'What helps against gout?')
 */
export class OffgridReranker extends BaseDocumentCompressor {
  readonly #documents: RankedDocuments
  readonly #topN: number | undefined

  constructor({ topN, ...options }: OffgridRerankerOptions = {}) {
    super()
    requireCount('OffgridReranker', 'topN', topN)
    this.#documents = new RankedDocuments(options)
    this.#topN = topN
  }

  /** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`; ModelError */
  override async compressDocuments(documents: DocumentInterface[], query: string): Promise<Document[]> {
    const texts = documents.map(({ pageContent }) => pageContent)
    const ranked = await this.#documents.rank(query, texts)
    return ranked.slice(0, this.#topN).map(({ index, score }) => {
      const { metadata, ...document } = documents[index]!
      return new Document({ ...document, metadata: { ...metadata, relevanceScore: score } })
    })
  }

  /** Frees threads and memory. */
  close(): Promise<void> {
    return this.#documents.close()
  }
}
