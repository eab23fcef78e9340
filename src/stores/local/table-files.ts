import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreError } from '../../errors.js'
import { checkedLine } from '../../files/checked-lines.js'
import { syncFolder } from '../../files/sync-folder.js'
import { AppendFile } from './columns/append-file.js'
import { corruptError, toDiskError } from './disk-error.js'
import { type Commit, parseJournal } from './journal.js'
import { type ColumnLayout, tableFileNames } from './table-layout.js'

/**
 * What a resolved write has survived. `full`: everything up to a power cut, as far as the drive keeps what it said to be
 * written (fdatasync of the data, then of the journal that makes it count). `process`: the end of this process in any
 * way, kill -9 included, but not of the machine: after a power cut the newest batches may be gone or damaged, and the
 * store says so with `STORE_CORRUPT` when it is opened or verified.
 */
export type Durability = 'full' | 'process'

const JOURNAL = 'journal'

/**
 * A table's folder: files that only grow, and the journal that says how much of them counts. A commit writes its bytes
 * behind the committed ones, waits for them, then adds one line to the journal; a stop at any moment leaves the line
 * whole, or the commit undone.
 *
 * Bytes a point, measured over 100,000: slot 32 + 12 a column (68 for three) · payload its JSON · dense 384 float32 1,536 ·
 * late interaction 256 a row of 128 float16 (3,072 for 12 rows, 51,200 for 200) · BM25 8 a term, and 8 to 11 more in the
 * postings (about 1,700 for 100 terms) · journal 0.8 in batches of 256, 200 in batches of 1.
 */
export class TableFiles {
  readonly columns: readonly ColumnLayout[]
  /** In the order of `tableFileNames`. */
  readonly files: readonly AppendFile[]
  readonly #folder: string
  readonly #journal: AppendFile
  readonly #durability: Durability
  readonly #assertHeld: () => void
  /** Somebody else may have the files by now: nothing of them is touched any more. */
  #isLost = false
  /** The failure after which only opening again can tell what is on the disk. */
  #broken: unknown

  private constructor(
    folder: string,
    columns: readonly ColumnLayout[],
    files: readonly AppendFile[],
    journal: AppendFile,
    durability: Durability,
    assertHeld: () => void,
  ) {
    this.#folder = folder
    this.columns = columns
    this.files = files
    this.#journal = journal
    this.#durability = durability
    this.#assertHeld = assertHeld
  }

  /** An empty table in a new folder. */
  static async create(
    folder: string,
    columns: readonly ColumnLayout[],
    durability: Durability,
    assertHeld: () => void,
  ): Promise<TableFiles> {
    const made: AppendFile[] = []
    try {
      await mkdir(folder)
      for (const name of [...tableFileNames(columns), JOURNAL]) made.push(await AppendFile.create(join(folder, name)))
      const journal = made.at(-1)!
      const head = Buffer.from(checkedLine({ columns }))
      await journal.append(head)
      journal.commit(head.length)
      const table = new TableFiles(folder, columns, made.slice(0, -1), journal, durability, assertHeld)
      if (durability === 'full') await table.sync()
      return table
    } catch (error) {
      for (const file of made) await file.close()
      await rm(folder, { recursive: true, force: true })
      throw toDiskError(error, `create a collection in ${folder}`)
    }
  }

  /** @throws StoreError `STORE_CORRUPT` if a line of the journal is damaged, or a file is missing or too short */
  static async open(
    folder: string,
    durability: Durability,
    readOnly: boolean,
    assertHeld: () => void,
  ): Promise<{ table: TableFiles; commits: Commit[] }> {
    const path = join(folder, JOURNAL)
    const { head, commits, length } = parseJournal(await readJournal(path), path)
    const names = tableFileNames(head.columns)
    const ends = commits.at(-1)?.ends ?? names.map(() => 0)
    const opened: AppendFile[] = []
    try {
      for (const [i, name] of names.entries()) {
        opened.push(await AppendFile.open(join(folder, name), ends[i]!, readOnly))
      }
      opened.push(await AppendFile.open(path, length, readOnly))
      if (!readOnly) for (const file of opened) await file.rollBack()
    } catch (error) {
      for (const file of opened) await file.close()
      throw toDiskError(error, `open ${folder}`)
    }
    const files = opened.slice(0, -1)
    const table = new TableFiles(folder, head.columns, files, opened.at(-1)!, durability, assertHeld)
    return { table, commits }
  }

  /**
   * Makes the bytes for each file and the change that they stand for count, all or nothing.
   * @param appends bytes by file; what is missing or empty appends nothing
   * @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO`: nothing counts; `STORE_BROKEN` from then on if
   *   even that is not sure; `STORE_LOCK_LOST` if another has the store by now
   */
  async commit(
    appends: readonly (Uint8Array | undefined)[],
    change: Omit<Commit, 'ends' | 'checksums'>,
  ): Promise<Commit> {
    if (this.#broken) {
      throw new StoreError(
        'STORE_BROKEN',
        'An earlier write failed and could not be undone. Close the store and open it again.',
        { cause: this.#broken },
      )
    }
    this.#requireLock()
    const lengths = this.files.map((_, i) => appends[i]?.length ?? 0)
    const commit: Commit = {
      ...change,
      ends: this.files.map((file, i) => file.length + lengths[i]!),
      checksums: lengths.map((length, i) => (length > 0 ? crc32(appends[i]!) : 0)),
    }
    const line = Buffer.from(checkedLine(commit))
    try {
      const written = this.files.map(async (file, i) => {
        if (lengths[i]! > 0) await this.#write(file, appends[i]!)
      })
      // every write has to end before an error cuts them off again
      for (const result of await Promise.allSettled(written)) if (result.status === 'rejected') throw result.reason
      this.#requireLock()
      // what only counts an operation may get lost in a power cut
      if (lengths.every((length) => length === 0) && !changesSlots(change)) await this.#journal.append(line)
      else await this.#write(this.#journal, line)
      // who took over meanwhile did not see this line
      this.#requireLock()
    } catch (error) {
      if (!this.#isLost) await this.#rollBack()
      throw toDiskError(error, 'store a batch')
    }
    for (const [i, file] of this.files.entries()) file.commit(lengths[i]!)
    this.#journal.commit(line.length)
    return commit
  }

  /** Waits until all that was written, and the folder with its files' names, is on the device. */
  async sync(): Promise<void> {
    for (const file of [...this.files, this.#journal]) await file.sync()
    await syncFolder(this.#folder)
  }

  async close(): Promise<void> {
    for (const file of [...this.files, this.#journal]) await file.close()
  }

  async #write(file: AppendFile, bytes: Uint8Array): Promise<void> {
    await file.append(bytes)
    if (this.#durability === 'process') return
    try {
      await file.sync()
    } catch (error) {
      // after a failed sync the system may have dropped the dirty pages and report success the next time
      this.#broken = error
      throw error
    }
  }

  #requireLock(): void {
    this.#isLost = true
    this.#assertHeld()
    this.#isLost = false
  }

  /** Gives the space of a failed commit back, its line of the journal first. */
  async #rollBack(): Promise<void> {
    try {
      await this.#journal.rollBack()
      // a line that came back after a power cut would ask for bytes that are cut off next
      if (this.#durability === 'full') await this.#journal.sync()
      for (const file of this.files) await file.rollBack()
    } catch (error) {
      this.#broken ??= error
    }
  }
}

function changesSlots({ deleted = [], payloads = [] }: Pick<Commit, 'deleted' | 'payloads'>): boolean {
  return deleted.length > 0 || payloads.length > 0
}

/** @throws StoreError `STORE_CORRUPT`, `STORE_IO` */
export async function readJournal(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw corruptError(`${path} is missing`, error)
    throw toDiskError(error, `read ${path}`)
  }
}
