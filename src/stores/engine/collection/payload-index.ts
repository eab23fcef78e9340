import type { Schemas } from '#qdrant-client'
import { isMissing, isObject } from '../../../options.js'
import { parseUuid } from '../../../parse-uuid.js'
import { parseDatetime } from '../../request/datetime.js'
import { toGeoPoint } from '../../request/geo.js'
import { copyJson } from '../../request/json-copy.js'
import { expectString } from '../../request/json-shape.js'
import { formatPath, type PayloadPath, parsePath } from '../../request/payload-path.js'
import { badRequest, invalid, malformed } from '../../request/refusal.js'
import type { CollectionSettings } from '../../table/storage.js'

const TYPES = ['keyword', 'integer', 'float', 'geo', 'text', 'bool', 'datetime', 'uuid'] as const

/** A payload index: its type, and the parameters with which it was made, if any. */
export interface IndexType {
  readonly name: (typeof TYPES)[number]
  readonly params: Readonly<Record<string, unknown>> | null
}

export type IndexSchema = NonNullable<Schemas['PayloadFieldSchema']>

/**
 * The field and schema of a request for a payload index.
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parseIndexRequest(fieldName: unknown, schema: unknown): { field: string; schema: IndexSchema } {
  const field = formatPath(parsePath(expectString(fieldName, 'field_name')))
  if (isMissing(schema)) {
    throw badRequest("Can't auto-detect field type, please specify `field_schema` in the request")
  }
  const type = readIndexType(schema)
  if (!type) throw malformed('data did not match any variant of untagged enum PayloadFieldSchema')
  if (type.name === 'integer' && type.params?.lookup === false && type.params.range === false) {
    throw invalid(
      'field_schema.lookup',
      "Validation error: the 'lookup' and 'range' capabilities can't be both disabled [{}]",
    )
  }
  return { field, schema: copyJson(schema) as IndexSchema }
}

function readIndexType(schema: unknown): IndexType | null {
  const params = isObject(schema) ? schema : null
  const name = TYPES.find((type) => type === (params ? params.type : schema))
  return name ? { name, params } : null
}

/** The index of a field, or null. */
export function indexOf(settings: CollectionSettings, path: PayloadPath): IndexType | null {
  const schema = settings.indexes[formatPath(path)]
  return schema === undefined ? null : readIndexType(schema)
}

/** Every index by field. */
export function indexTypes(settings: CollectionSettings): Map<string, IndexType> {
  return new Map(Object.entries(settings.indexes).map(([field, schema]) => [field, readIndexType(schema)!]))
}

/** Whether points can be ordered by the field. */
export function isRangeIndex({ name, params }: IndexType): boolean {
  return name === 'float' || name === 'datetime' || (name === 'integer' && params?.range !== false)
}

/** Whether values of the field can be counted. */
export function isFacetIndex({ name, params }: IndexType): boolean {
  return name === 'keyword' || name === 'bool' || name === 'uuid' || (name === 'integer' && params?.lookup !== false)
}

/** Whether an index of that type holds a payload value. */
export function isIndexed({ name }: IndexType, value: unknown): boolean {
  switch (name) {
    case 'keyword':
    case 'text':
      return typeof value === 'string'
    case 'uuid':
      return typeof value === 'string' && parseUuid(value) !== null
    case 'integer':
      return Number.isInteger(value)
    case 'float':
      return typeof value === 'number'
    case 'bool':
      return typeof value === 'boolean'
    case 'datetime':
      return typeof value === 'string' && parseDatetime(value) !== null
    case 'geo':
      return toGeoPoint(value) !== null
  }
}
