import { optionError } from '../../errors.js'
import { requireList, requireString } from '../../options.js'
import type { InputFormat } from '../sources/input-format.js'
import { parseTemplate } from './text-template.js'

/** Which fields of a record become a document's text, id and payload. A field is named by its path, in any letter case. */
export interface DocumentMapping {
  /**
   * Field or fields of the text; several are joined by a space.
   * @default the first present of text, passage_text, document, content, body, with `title` in front
   */
  readonly text?: string | readonly string[] | undefined
  /** How the text is put together, `{Title}. {Abstract}`; `{{` and `}}` are braces. In place of `text` and `title`. */
  readonly template?: string | undefined
  /** Field that is put in front of the text, with a space. @default `title`, where `text` is not given */
  readonly title?: string | undefined
  /** Path of the id field. @default the first present of id, _id, qa_id */
  readonly id?: string | undefined
  /** Fields that the payload keeps, beside the id. @default all */
  readonly fields?: readonly string[] | undefined
  /** Fields that the payload leaves out; the id stays. */
  readonly exclude?: readonly string[] | undefined
}

/** How the bytes of files become records. */
export interface RecordFormat {
  /** What all sources are, whatever their names say; `text` is one text a line. @default by the ending; jsonl on stdin */
  readonly format?: InputFormat | undefined
  /** Between the columns of CSV: one ASCII character. @default found out */
  readonly delimiter?: string | undefined
  /** Of text files, JSON and CSV, by a name that TextDecoder knows. @default UTF-8; found out for CSV */
  readonly encoding?: string | undefined
  /** Values of CSV stay text in place of numbers, booleans and null. @default false */
  readonly strings?: boolean | undefined
}

/** Where the id is looked for when no field is named. */
export const ID_FIELDS = ['id', '_id', 'qa_id'] as const

export const MAPPING_NAMES = ['text', 'template', 'title', 'id', 'fields', 'exclude'] as const
export const FORMAT_NAMES = ['format', 'delimiter', 'encoding', 'strings'] as const

/**
 * Everything that decides which documents files give, as plain JSON: equal descriptions mean equal documents for equal files.
 * What is left to a default is left out.
 */
export function describeMapping(options: DocumentMapping & RecordFormat): Record<string, unknown> {
  const { text, ...others } = options
  const described: Record<string, unknown> = {}
  if (text !== undefined) described.text = typeof text === 'string' ? [text] : [...text]
  for (const name of [...MAPPING_NAMES.slice(1), ...FORMAT_NAMES]) {
    const value = others[name as keyof typeof others]
    // the id field has a place of its own in a recipe
    if (name === 'id' || value === undefined || value === false) continue
    described[name] = Array.isArray(value) ? [...value] : value
  }
  return described
}

/** @throws InputError `INVALID_OPTION` for a mapping that cannot be meant */
export function checkMapping(where: string, mapping: DocumentMapping): void {
  const { text, template, title, id, fields, exclude } = mapping
  const invalid = (message: string) => optionError(`${where}: ${message}`)
  for (const [name, value] of Object.entries({ title, id, template })) {
    requireString(where, name, value)
    if (value === '') throw invalid(`${name} must not be empty.`)
  }
  const lists = { fields, exclude, ...(typeof text === 'string' ? { text: [text] } : { text }) }
  for (const [name, list] of Object.entries(lists)) {
    if (list === undefined) continue
    const isNames = requireList(where, name, list).every((field) => typeof field === 'string' && field !== '')
    if (!isNames || list.length === 0) throw invalid(`${name} must be the name of a field, or a list of names.`)
  }
  if (template !== undefined) {
    if (text !== undefined || title !== undefined)
      throw invalid('template says what the text is; expected neither text nor title beside it.')
    parseTemplate(where, template)
  }
  if (fields !== undefined && exclude !== undefined) throw invalid('expected fields or exclude, got both.')
}
