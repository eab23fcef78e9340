import { type Payload, STORED_FIELDS } from '../../document.js'
import { isObject, jsonObject } from '../../options.js'

/** Where programs keep a point's text: offgrid and FastEmbed, LlamaIndex, LangChain, LangChain.js and Haystack, mem0. */
const TEXT_FIELDS = [STORED_FIELDS.text, '_node_content.text', 'page_content', 'content', 'data']

/**
 * The text of a point, `''` where it has none.
 * @param path of its field, with dots between names; a field that holds JSON as a text is looked into. @default where known programs keep it
 */
export function hitText(payload: Payload | null, path?: string): string {
  for (const field of path === undefined ? TEXT_FIELDS : [path]) {
    const value = valueAt(payload, field)
    if (value !== undefined && value !== null) return typeof value === 'string' ? value : JSON.stringify(value)
  }
  return ''
}

function valueAt(payload: Payload | null, path: string): unknown {
  if (payload !== null && Object.hasOwn(payload, path)) return payload[path]
  let value: unknown = payload
  for (const name of path.split('.')) {
    if (typeof value === 'string') value = jsonObject(value)
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}
