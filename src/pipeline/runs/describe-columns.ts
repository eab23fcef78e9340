import type { Document } from '../../document.js'

/** A field of an input, and what it is taken for. */
export interface InputColumn {
  readonly name: string
  /** Share of the documents that have it, 0 … 1. */
  readonly share: number
  /** `title` stands in front of the text; null for what is payload alone. */
  readonly role: 'id' | 'text' | 'title' | null
}

/** Share of the documents in which a field has to be what it is taken for. */
const MOSTLY = 0.9

/** The fields of documents in the order in which they come, each with what it is taken for: seen from the documents that were made of them. */
export function describeColumns(documents: readonly Document[]): InputColumn[] {
  const seen = new Map<string, { count: number; filled: number; asId: number; asText: number; asTitle: number }>()
  for (const { id, text, payload } of documents) {
    for (const [name, value] of Object.entries(payload)) {
      const column = seen.get(name) ?? { count: 0, filled: 0, asId: 0, asText: 0, asTitle: 0 }
      seen.set(name, column)
      column.count += 1
      if (value === null || value === '') continue
      column.filled += 1
      const isId =
        id !== null && (typeof value === 'string' || typeof value === 'number') && String(value) === String(id)
      if (isId) column.asId += 1
      else if (typeof value !== 'string') continue
      else if (text.endsWith(value) || (2 * value.length > text.length && text.includes(value))) column.asText += 1
      else if (text.startsWith(value)) column.asTitle += 1
    }
  }
  return [...seen].map(([name, { count, filled, asId, asText, asTitle }]) => {
    const isMostly = (times: number) => filled > 0 && times >= MOSTLY * filled
    const role = isMostly(asId) ? 'id' : isMostly(asText) ? 'text' : isMostly(asTitle) ? 'title' : null
    return { name, share: count / documents.length, role }
  })
}
