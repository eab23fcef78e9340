import { type Payload, type PointId, STORED_FIELDS } from '../../document.js'
import { optionError } from '../../errors.js'
import { isObject, type JsonObject, jsonObject } from '../../options.js'

/** Programs whose collections can be filled: each has its own names of vectors and of what is in a payload. */
export const LAYOUT_NAMES = ['langchain', 'llamaindex', 'haystack'] as const
export type LayoutName = (typeof LAYOUT_NAMES)[number]

interface Layout {
  readonly vectors: Readonly<Record<string, string>>
  /** The payload as the program keeps it, of the document's fields with its text. */
  wrap(fields: Payload, id: PointId): Payload
  /** The document's fields, without its text. */
  unwrap(payload: Payload): unknown
  /** The document's text. */
  textOf(payload: Payload): unknown
}

/** @see the packages langchain-qdrant, llama-index-vector-stores-qdrant (with `enable_hybrid`) and qdrant-haystack (with sparse embeddings) on PyPI */
const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  langchain: {
    vectors: { dense: '', bm25: 'langchain-sparse' },
    wrap: ({ [STORED_FIELDS.text]: text, ...metadata }) => ({ page_content: text, metadata }),
    unwrap: ({ metadata }) => metadata,
    textOf: ({ page_content: text }) => text,
  },
  llamaindex: {
    vectors: { dense: 'text-dense', bm25: 'text-sparse-new' },
    wrap: ({ [STORED_FIELDS.text]: text, ...metadata }, id) => ({
      ...metadata,
      _node_content: JSON.stringify({ id_: String(id), metadata, relationships: {}, text, class_name: 'TextNode' }),
      _node_type: 'TextNode',
      document_id: 'None',
      doc_id: 'None',
      ref_doc_id: 'None',
    }),
    unwrap: (payload) => nodeOf(payload).metadata,
    textOf: (payload) => nodeOf(payload).text,
  },
  haystack: {
    vectors: { dense: 'text-dense', bm25: 'text-sparse' },
    wrap: ({ [STORED_FIELDS.text]: content, ...meta }, id) => ({ id: String(meta.id ?? id), content, meta }),
    unwrap: ({ meta }) => meta,
    textOf: ({ content }) => content,
  },
}

function nodeOf({ _node_content: content }: Payload): JsonObject {
  return jsonObject(String(content)) ?? {}
}

/** What is asked of a plan here. */
interface Plan {
  readonly vectors: Readonly<Record<string, { readonly vector: string }>>
  readonly chunking: unknown
}
type Laid = { readonly layout?: LayoutName | undefined }

/** A plan whose collection another program can read. @throws InputError `INVALID_OPTION` for chunks, which those programs do not know */
export function withLayout<P extends Plan>(plan: P, layout: LayoutName | undefined): P & Laid {
  if (layout === undefined) return plan
  if (plan.chunking !== null) {
    throw optionError(`Expected documents that are not cut with --layout ${layout}, got --chunk.`)
  }
  const named = LAYOUTS[layout].vectors
  const vectors = Object.fromEntries(
    Object.entries(plan.vectors).map(([method, planned]) => {
      const vector = named[method] ?? planned.vector
      return [method, { ...planned, vector }]
    }),
  )
  return { ...plan, vectors, layout }
}

/** A payload as a collection of the plan keeps it. */
export function wrapPayload(fields: Payload, id: PointId, { layout }: Laid): Payload {
  return layout === undefined ? fields : LAYOUTS[layout].wrap(fields, id)
}

/** What {@link wrapPayload} was given. */
export function unwrapPayload(payload: Payload, { layout }: Laid): Payload {
  if (layout === undefined) return payload
  const { unwrap, textOf } = LAYOUTS[layout]
  const fields = unwrap(payload)
  return { ...(isObject(fields) ? fields : {}), [STORED_FIELDS.text]: textOf(payload) }
}
