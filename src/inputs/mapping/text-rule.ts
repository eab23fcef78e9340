import { type DocumentMapping, ID_FIELDS } from './document-mapping.js'
import { fieldValue, findField, firstField } from './find-field.js'
import { likeliestFields, listFields, quoteField } from './likely-fields.js'
import { parseTemplate, type TemplatePiece } from './text-template.js'

/** Where the text is looked for when no field is named. */
export const TEXT_FIELDS = ['text', 'passage_text', 'document', 'content', 'body'] as const

/** A record's text and the fields that it came from, or why there is none. */
export type FoundText =
  | { readonly text: string; readonly where: string; readonly used: readonly string[] }
  | { readonly code: string; readonly reason: string }

/** How the text of a record is put together. */
export class TextRule {
  /** Paths of fields that were named; empty where the text is looked for. */
  readonly named: readonly string[]
  readonly #title: string | undefined
  readonly #idFields: readonly string[]
  /** The template as it was given. */
  readonly #written: string | undefined
  readonly #template: readonly TemplatePiece[] | null

  constructor({ text, template, title, id }: DocumentMapping) {
    this.#title = title
    this.#idFields = id === undefined ? ID_FIELDS : [id.toLowerCase()]
    this.#written = template
    this.#template = template === undefined ? null : parseTemplate('template', template)
    if (this.#template !== null) this.named = this.#template.flatMap((piece) => ('field' in piece ? piece.field : []))
    else this.named = text === undefined ? [] : typeof text === 'string' ? [text] : text
  }

  /** The named field that a file with just these columns does not have, or null; `text` where no field of a text is there at all. */
  missingColumn(columns: readonly string[]): string | null {
    const names = Object.fromEntries(columns.map((name) => [name, null]))
    const has = (path: string): boolean =>
      findField(names, path) !== null || findField(names, path.split('.')[0]!) !== null
    const named = this.#title === undefined ? this.named : [...this.named, this.#title]
    const missing = named.find((path) => !has(path))
    if (missing !== undefined) return missing
    return this.named.length > 0 || firstField(names, TEXT_FIELDS) !== null ? null : 'text'
  }

  /** Why there is no text in a record with these fields. */
  explainMissing(
    fields: readonly string[],
    sample?: Readonly<Record<string, unknown>>,
    missing = this.named[0],
  ): string {
    const isNamed = this.named.length > 0 || (missing !== undefined && missing === this.#title)
    const ranked = likeliestFields(fields, 'text', isNamed ? missing : undefined, sample)
    const expected = isNamed ? `the field "${missing}"` : `one of the fields ${TEXT_FIELDS.join(', ')}`
    return `Expected the text in ${expected}, got ${listFields(ranked)}; ${this.#advise(fields, sample, missing)}.`
  }

  /** Whether the text is made of a field, or may be where none was named. */
  isText(field: string): boolean {
    const names = this.named.length > 0 ? this.named : TEXT_FIELDS
    return names.some((name) => name.toLowerCase() === field.toLowerCase())
  }

  /** The option that was given, or --text, with the likeliest field in the place of each that is not there. */
  #advise(fields: readonly string[], sample?: Readonly<Record<string, unknown>>, missing?: string): string {
    const names = Object.fromEntries(fields.map((name) => [name, null]))
    const others = fields.filter((field) => !this.#idFields.includes(field.toLowerCase()))
    const nearest = (path: string | undefined): string => likeliestFields(others, 'text', path, sample)[0] ?? 'FIELD'
    const instead = (path: string): string => (findField(names, path) === null ? nearest(path) : path)
    if (missing !== undefined && missing === this.#title && !this.named.includes(missing))
      return `name the title's field: --title ${quoteField(nearest(missing))}`
    if (this.#written !== undefined) {
      const template = this.named.reduce(
        (text, path) => text.replaceAll(`{${path}}`, `{${instead(path)}}`),
        this.#written,
      )
      return `name the text's fields: --text-template '${template}'`
    }
    const named = this.named.length === 0 ? [nearest(undefined)] : [...new Set(this.named.map(instead))]
    return `name the text field: --text ${named.map(quoteField).join(',')}`
  }

  find(record: Record<string, unknown>): FoundText {
    if (this.#template !== null) return this.#fill(record, this.#template)
    if (this.named.length > 1) return this.#join(record)
    const field =
      this.named[0] ?? firstField(record, TEXT_FIELDS, (value) => value !== null) ?? firstField(record, TEXT_FIELDS)
    const value = field === null ? undefined : fieldValue(record, field)
    if (value === undefined) return { code: 'MISSING_TEXT', reason: this.explainMissing(Object.keys(record), record) }
    if (value === null) return { code: 'NO_TEXT', reason: `Expected text in the field "${field}", got null.` }
    if (typeof value !== 'string') return notText(field!, value)
    const title = this.#titleOf(record)
    return {
      text: title === null ? value : value === '' ? title.text : `${title.text} ${value}`,
      where: `the field "${field}"`,
      used: title === null ? [field!] : [field!, title.field],
    }
  }

  /** What is put in front of the text. */
  #titleOf(record: Record<string, unknown>): { readonly text: string; readonly field: string } | null {
    // where the text's field was named, so is the title's
    if (this.#title === undefined && this.named.length > 0) return null
    const field = this.#title ?? 'title'
    const title = fieldValue(record, field)
    const text = this.#title !== undefined && isPlain(title) ? String(title) : title
    return typeof text === 'string' && text.trim() !== '' ? { text, field } : null
  }

  #join(record: Record<string, unknown>): FoundText {
    const parts: string[] = []
    const title = this.#title === undefined ? null : this.#titleOf(record)
    if (title !== null) parts.push(title.text)
    const values = this.named.map((path) => [path, fieldValue(record, path)] as const)
    if (values.every(([, value]) => value === undefined))
      return { code: 'MISSING_TEXT', reason: this.explainMissing(Object.keys(record), record) }
    for (const [path, value] of values) {
      if (value === undefined || value === null || value === '') continue
      if (!isPlain(value)) return notText(path, value)
      parts.push(String(value))
    }
    const used = title === null ? this.named : [...this.named, title.field]
    return { text: parts.join(' '), where: `the fields ${this.named.join(', ')}`, used }
  }

  #fill(record: Record<string, unknown>, pieces: readonly TemplatePiece[]): FoundText {
    let text = ''
    let isEmpty = true
    let isThere = false
    for (const piece of pieces) {
      if ('literal' in piece) {
        text += piece.literal
        continue
      }
      const value = fieldValue(record, piece.field)
      isThere ||= value !== undefined
      if (value === undefined || value === null) continue
      if (!isPlain(value)) return notText(piece.field, value)
      const filled = String(value)
      isEmpty &&= filled.trim() === ''
      text += filled
    }
    if (!isThere) return { code: 'MISSING_TEXT', reason: this.explainMissing(Object.keys(record), record) }
    // the template's own words are no text of a document
    return { text: isEmpty ? '' : text, where: `the fields ${this.named.join(', ')}`, used: this.named }
  }
}

function isPlain(value: unknown): value is string | number | boolean | bigint {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value)
}

function notText(field: string, value: unknown): FoundText {
  return { code: 'TEXT_NOT_STRING', reason: `Expected a string in the field "${field}", got ${describeValue(value)}.` }
}

/** The kind of a value, in words. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
