import { InputError } from '../../errors.js'
import type { DocumentMapping } from './document-mapping.js'
import { findField } from './find-field.js'
import { isAlike, likeliestFields, listFields, quoteField } from './likely-fields.js'

/** Fields of records that a message may name. */
const MAX_FIELDS = 200

/**
 * Looks for the fields that `title`, `fields` and `exclude` name. A record may be without them, so that none is rejected for it; but a name that no
 * record has is a wrong one, and would leave out what it was to keep, or keep what it was to leave out.
 */
export class FieldWatch {
  readonly #options: ReadonlyMap<string, readonly string[]>
  /** What was not seen yet, with the option that names it. */
  readonly #missing: Map<string, string>
  readonly #fields = new Set<string>()
  #seen = 0
  #isTable = false

  constructor({ title, fields = [], exclude = [] }: DocumentMapping) {
    const options = { title: title === undefined ? [] : [title], fields, exclude }
    this.#options = new Map(Object.entries(options))
    this.#missing = new Map(Object.entries(options).flatMap(([option, names]) => names.map((name) => [name, option])))
  }

  /** Whether nothing is looked for any more. */
  get isDone(): boolean {
    return this.#missing.size === 0
  }

  /** Whether there was anything that has fields. */
  get hasSeen(): boolean {
    return this.#seen > 0
  }

  /** Whether a table's columns were seen, which all of its records have. */
  get isTable(): boolean {
    return this.#isTable
  }

  seeRecord(record: object): void {
    if (!this.isDone) this.#see(record, (path) => findField(record, path) !== null)
  }

  /** What is below a column is not known of it. */
  seeColumns(columns: readonly string[]): void {
    this.#isTable = true
    const record = Object.fromEntries(columns.map((name) => [name, null]))
    this.#see(record, (path) => findField(record, path) !== null || findField(record, path.split('.')[0]!) !== null)
  }

  #see(record: object, has: (path: string) => boolean): void {
    this.#seen++
    for (const path of [...this.#missing.keys()]) if (has(path)) this.#missing.delete(path)
    if (this.isDone || this.#fields.size >= MAX_FIELDS) return
    for (const name of Object.keys(record)) this.#fields.add(name)
  }

  /** What is wrong, where something was not seen. @param where the file or files that were looked at */
  missingField(where: string): InputError {
    return new InputError('MISSING_FIELD', `${where}: ${this.describeMissing()}`)
  }

  /** Which field was not seen, and what to do. */
  describeMissing(): string {
    const [path, option] = [...this.#missing][0]!
    const ranked = likeliestFields([...this.#fields], 'text', path)
    const instead = (name: string): string | undefined => {
      if (!this.#missing.has(name)) return name
      const [nearest] = likeliestFields([...this.#fields], 'text', name)
      return nearest !== undefined && isAlike(nearest, name) ? nearest : undefined
    }
    const names = this.#options.get(option)!.map(instead)
    const kept = [...new Set(names.filter((name) => name !== undefined))].map(quoteField).join(',')
    const todo = kept === '' ? `name one of them, or leave out --${option}` : `write: --${option} ${kept}`
    return `Expected the field "${path}" of --${option}, got ${listFields(ranked)}; ${todo}.`
  }
}
