import { isMap, parseDocument } from 'yaml'

/** A Markdown text in two: the fields at its front, and what is behind them. */
export interface SplitMarkdown {
  readonly fields: Readonly<Record<string, unknown>>
  readonly text: string
}

/** Longer is no list of fields. */
const MAX_CHARACTERS = 64 * 1024
const FRONT_MATTER = /^---[ \t]*\r?\n((?:[^\n]*\n)*?)---[ \t]*(?:\r?\n|$)/
/** What an alias may stand for, in nodes: more is a bomb. */
const MAX_ALIASES = 50

/** Takes YAML between two lines of `---` off the front of a Markdown text; what does not parse as fields stays in the text. */
export function splitFrontMatter(markdown: string): SplitMarkdown {
  const found = markdown.startsWith('---') ? FRONT_MATTER.exec(markdown.slice(0, MAX_CHARACTERS)) : null
  if (found === null) return { fields: {}, text: markdown }
  const fields = parseFields(found[1]!)
  if (fields === null) return { fields: {}, text: markdown }
  return { fields, text: markdown.slice(found[0].length).replace(/^(?:[ \t]*\r?\n)+/, '') }
}

/** The fields as JSON has them, or null where there are none to be read. */
function parseFields(yaml: string): Record<string, unknown> | null {
  try {
    // core schema: dates stay text; whole numbers that float64 does not hold come as bigints
    const document = parseDocument(yaml, { intAsBigInt: true, logLevel: 'silent' })
    if (document.errors.length > 0) return null
    if (document.contents === null) return {}
    if (!isMap(document.contents)) return null
    return toJson(document.toJS({ maxAliasCount: MAX_ALIASES })) as Record<string, unknown>
  } catch {
    return null
  }
}

function toJson(value: unknown): unknown {
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]))
}
