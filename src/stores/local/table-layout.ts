import type { CollectionConfig } from '../store.js'
import { namedVectors, tableSchema } from '../table-schema.js'

/** One vector of a collection and how its values lie on disk. Little-endian everywhere. */
export type ColumnLayout =
  /** A row is [dimension] values. */
  | { readonly kind: 'dense'; readonly name: string; readonly dimension: number; readonly element: Element }
  /** A vector is [rows, dimension] values. */
  | { readonly kind: 'multivector'; readonly name: string; readonly dimension: number; readonly element: Element }
  /** A vector is n uint32 indices, then n float32 values. */
  | { readonly kind: 'sparse'; readonly name: string }

export type Element = 'float32' | 'float16' | 'uint8'

export const ELEMENT_BYTES: Readonly<Record<Element, number>> = { float32: 4, float16: 2, uint8: 1 }

/** The columns of a collection, their values as the config's datatypes say. */
export function tableLayout(config: CollectionConfig): ColumnLayout[] {
  const schema = tableSchema(config)
  const params = namedVectors(config)
  const element = (name: string): Element => (params[name]?.datatype ?? 'float32') as Element
  return [
    ...[...schema.dense].map(([name, dimension]) => {
      return { kind: 'dense', name, dimension, element: element(name) } as const
    }),
    ...[...schema.multivector].map(([name, dimension]) => {
      return { kind: 'multivector', name, dimension, element: element(name) } as const
    }),
    ...[...schema.sparse].map((name) => ({ kind: 'sparse', name }) as const),
  ]
}

/** Whether the same points lie the same on disk, in whatever order the columns are named. */
export function isSameLayout(a: readonly ColumnLayout[], b: readonly ColumnLayout[]): boolean {
  const text = (columns: readonly ColumnLayout[]) => columns.map((column) => JSON.stringify(column)).sort()
  return JSON.stringify(text(a)) === JSON.stringify(text(b))
}

/** The columns of both layouts that hold the same vectors, be it in another precision. */
export function sharedColumns(from: readonly ColumnLayout[], to: readonly ColumnLayout[]): ColumnLayout[] {
  return from.filter((column) =>
    to.some((other) => {
      if (other.name !== column.name || other.kind !== column.kind) return false
      return other.kind === 'sparse' || (column.kind !== 'sparse' && other.dimension === column.dimension)
    }),
  )
}

/** The names of a table's files: 0 slots, 1 payloads, one per column, one of postings per sparse column. */
export function tableFileNames(columns: readonly ColumnLayout[]): string[] {
  const postings = columns.flatMap((column, number) => (column.kind === 'sparse' ? [`postings-${number}`] : []))
  return ['slots', 'payloads', ...columns.map((column, number) => `${column.kind}-${number}`), ...postings]
}
