import { rowJson } from '../../../vectors/vector-json.js'

/**
 * A request body as JSON, in which rows of numbers (multivectors) are written as float32 with a decimal point: Qdrant reads `[[3,4],[1,0]]`
 * as a sparse vector. All other values, single rows included, are written as JSON.stringify does. Typed arrays are lists of numbers.
 */
export function writeRequest(value: unknown): string {
  if (value instanceof Float32Array) return rowJson(value)
  if (ArrayBuffer.isView(value)) return JSON.stringify(Array.from(value as Float64Array | Uint32Array))
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every(isRow)) return `[${value.map(writeRow).join(',')}]`
    return `[${value.map((item) => writeRequest(item ?? null)).join(',')}]`
  }
  if (typeof value === 'object' && value !== null && !('toJSON' in value)) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${writeRequest(field)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

function isRow(value: unknown): value is readonly number[] | Float32Array {
  if (value instanceof Float32Array) return true
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number' && Number.isFinite(item))
  )
}

function writeRow(values: readonly number[] | Float32Array): string {
  return rowJson(Float32Array.from(values))
}
