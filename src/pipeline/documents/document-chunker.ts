import { chunkText } from '../../chunking/chunk-text.js'
import { type Document, type Payload, STORED_FIELDS } from '../../document.js'
import { fieldValue, firstField, withoutField } from '../../inputs/mapping/find-field.js'
import { TEXT_FIELDS } from '../../inputs/mapping/text-rule.js'
import { openModel } from '../../onnx/model-files.js'
import { openTokenizer } from '../../tokenizers/open-tokenizer.js'
import type { TextTokenizer } from '../../tokenizers/tokenizer.js'
import type { ChunkingPlan } from '../collection/chunking-plan.js'
import { type CollectionPlan, keepsDocumentVectors } from '../collection/collection-plan.js'

export interface DocumentChunkerOptions {
  /** Path of the field that the text was read from, or of several. @default where the text is looked for when no field is named */
  readonly textField?: string | readonly string[] | undefined
  readonly modelsFolder?: string | undefined
  /** What the model is given before each text. */
  readonly prefix?: string | undefined
  /** Whether documents have vectors of their own beside those of their chunks. @default false */
  readonly keepsDocuments?: boolean
}

/** Cuts documents into chunks that fit the model, by the model's own tokens. */
export class DocumentChunker {
  readonly #tokenizer: TextTokenizer
  readonly #plan: ChunkingPlan
  readonly #textField: DocumentChunkerOptions['textField']
  readonly #prefix: string
  readonly keepsDocuments: boolean

  private constructor(tokenizer: TextTokenizer, plan: ChunkingPlan, options: DocumentChunkerOptions) {
    this.#tokenizer = tokenizer
    this.#plan = plan
    this.#textField = options.textField
    this.#prefix = options.prefix ?? ''
    this.keepsDocuments = options.keepsDocuments ?? false
  }

  /** @throws ModelError if the model whose tokens are counted is not here */
  static async open(plan: ChunkingPlan, options: DocumentChunkerOptions = {}): Promise<DocumentChunker> {
    const { folder } = await openModel(plan.model, { modelsFolder: options.modelsFolder })
    return new DocumentChunker(await openTokenizer(folder), plan, options)
  }

  /**
   * What cuts the documents of a collection; null where they are not cut.
   * @param textField as in {@link DocumentChunkerOptions}
   * @throws ModelError as {@link open}
   */
  static async ofPlan(
    plan: Pick<CollectionPlan, 'chunking' | 'spec' | 'vectors'>,
    textField?: DocumentChunkerOptions['textField'],
  ): Promise<DocumentChunker | null> {
    const { modelsFolder, prefixes } = plan.spec
    const prefix = typeof prefixes === 'object' ? prefixes.passage : undefined
    const options = { textField, modelsFolder, prefix, keepsDocuments: keepsDocumentVectors(plan) }
    return plan.chunking && DocumentChunker.open(plan.chunking, options)
  }

  /** Whether a document may be one point that is not cut, so that the store may hold it as such. */
  get leavesWhole(): boolean {
    return this.#plan.wholeTokens !== undefined
  }

  /** Whether a document is a point as it is. */
  isWhole({ text }: Pick<Document, 'text'>): boolean {
    const { wholeTokens } = this.#plan
    return wholeTokens !== undefined && this.#tokenizer.encode(this.#prefix + text, wholeTokens).cutTokens === 0
  }

  /**
   * The chunks of a document, as documents of their own: each has every field of the document but the text, which it
   * holds a part of, and what {@link STORED_FIELDS} says of a chunk.
   * @param file where the document was read: sections of Markdown (.md) are kept apart
   * @param documentId what the chunks call the document
   */
  cut(document: Document, documentId: string | number, file: string): Document[] {
    const { id, text } = document
    const cut = chunkText(text, {
      maxTokens: this.#plan.maxTokens - this.#tokenizer.specialTokens,
      overlapTokens: this.#plan.overlapTokens,
      countTokens: (part) => this.#countTokens(part),
      format: /\.(?:md|markdown)$/i.test(file) ? 'markdown' : 'plain',
    })
    // nothing but characters that count as white space somewhere: a document is never lost
    const parts = cut.length > 0 ? cut : [{ text, number: 0, start: 0, end: text.length }]
    const fields = withoutText(document.payload, this.#textField)
    return parts.map(({ text: part, number, start, end }) => {
      const own = {
        [STORED_FIELDS.documentId]: documentId,
        [STORED_FIELDS.chunk]: number,
        [STORED_FIELDS.chunks]: parts.length,
        [STORED_FIELDS.start]: start,
        [STORED_FIELDS.end]: end,
      }
      return { id, text: part, payload: { ...fields, ...own } }
    })
  }

  #countTokens(text: string): number {
    return this.#tokenizer.encode(text, Number.MAX_SAFE_INTEGER).inputIds.length - this.#tokenizer.specialTokens
  }
}

/** Of several fields that make a text, one of at most so many characters (a title, a year) is worth its place in every chunk. */
const SHORT_CHARACTERS = 200

/** A payload without the field that the text was read from: in every chunk of a long text it would be there again as a whole. */
function withoutText(payload: Payload, named: DocumentChunkerOptions['textField']): Payload {
  if (named === undefined) {
    const field = firstField(payload, TEXT_FIELDS, (value) => value !== null)
    return field === null ? payload : withoutField(payload, field)
  }
  if (typeof named === 'string') return withoutField(payload, named)
  const isLong = (path: string) =>
    named.length === 1 || String(fieldValue(payload, path) ?? '').length > SHORT_CHARACTERS
  return named.filter(isLong).reduce<Payload>(withoutField, payload)
}
