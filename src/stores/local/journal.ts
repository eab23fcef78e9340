import { checkedJson, endedLines } from '../../files/checked-lines.js'
import { isObject, isWholeNumber } from '../../options.js'
import { corruptError } from './disk-error.js'
import { type ColumnLayout, ELEMENT_BYTES, tableFileNames } from './table-layout.js'

/** The journal's first line. */
export interface JournalHead {
  readonly columns: readonly ColumnLayout[]
}

/**
 * One commit, a line of the journal: it makes visible what was appended to the table's files before it.
 * Slots up to `slots` are live unless a commit says otherwise.
 */
export interface Commit {
  /** Slots after this commit. */
  readonly slots: number
  /** Length of each file after this commit, in the order of `tableFileNames`. */
  readonly ends: readonly number[]
  /** CRC-32 of what this commit appended to each file, 0 for nothing. */
  readonly checksums: readonly number[]
  /** Slots that are deleted from now on. */
  readonly deleted?: readonly number[]
  /** Slots that are replaced from now on. */
  readonly replaced?: readonly number[]
  /** Slots whose payload lies elsewhere from now on: slot, offset, length. */
  readonly payloads?: readonly (readonly [slot: number, offset: number, length: number])[]
  /** Number of the operation that is stored: the version of its points. Stores of earlier programs have none, and 0 for it. */
  readonly operation?: number
  /** Versions of the new slots where they are copies, as runs: slots, version. */
  readonly versions?: readonly (readonly [slots: number, version: number])[]
  /** Postings of the slots from `firstSlot` to `endSlot` that fill this commit's part of file `file`. */
  readonly segments?: readonly { readonly file: number; readonly firstSlot: number; readonly endSlot: number }[]
}

/**
 * The commits of a journal, and how many of its bytes they are. A last line without its newline is a commit that was
 * never acknowledged, and is left out.
 * @throws StoreError `STORE_CORRUPT` for any other line that is not what was written
 */
export function parseJournal(bytes: Buffer, path: string): { head: JournalHead; commits: Commit[]; length: number } {
  const lines: unknown[] = []
  let length = 0
  for (const { line, end } of endedLines(bytes)) {
    const json = checkedJson(line)
    if (json === null) throw corruptError(`${path}: line ${lines.length + 1} does not match its checksum`)
    lines.push(JSON.parse(json))
    length = end
  }
  // a stop cuts a line off; it does not put another byte in the place of the newline
  if (checkedJson(bytes.subarray(length, -1)) !== null)
    throw corruptError(`${path}: line ${lines.length + 1} does not end`)
  if (lines.length === 0) throw corruptError(`${path} is empty`)
  const [head, ...commits] = lines as [JournalHead, ...Commit[]]
  checkHead(head, path)
  for (const [i, commit] of commits.entries()) checkCommit(commit, head, `${path}: line ${i + 2}`)
  return { head, commits, length }
}

const ELEMENTS = Object.keys(ELEMENT_BYTES)

/** The kinds of the columns are in the names of their files. */
function checkHead(head: unknown, path: string): void {
  const columns = isObject(head) ? head.columns : undefined
  if (Array.isArray(columns) && columns.every(isColumn)) return
  throw corruptError(`${path}: line 1 should say which vectors the table has`)
}

function isColumn(column: unknown): boolean {
  if (!isObject(column) || typeof column.name !== 'string') return false
  const { kind, dimension, element } = column
  if (kind === 'sparse') return true
  const isDense = kind === 'dense' || kind === 'multivector'
  return isDense && isWholeNumber(dimension) && ELEMENTS.includes(element as string)
}

function checkCommit(commit: unknown, head: JournalHead, where: string): void {
  const files = tableFileNames(head.columns).length
  const isList = (value: unknown) =>
    Array.isArray(value) && value.length === files && value.every((each) => isWholeNumber(each))
  if (isObject(commit) && isWholeNumber(commit.slots) && isList(commit.ends) && isList(commit.checksums)) return
  throw corruptError(`${where} should say where a batch ends in each of ${files} files`)
}
