import { open } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreError } from '../../errors.js'
import { requireCatalog } from './catalog.js'
import { CORRUPT_ADVICE, toDiskError } from './disk-error.js'
import { type Commit, parseJournal } from './journal.js'
import { LocalPointTable } from './local-point-table.js'
import { readJournal } from './table-files.js'
import { tablesFolder } from './table-folder.js'
import { type ColumnLayout, tableFileNames } from './table-layout.js'

export interface StoreReport {
  readonly path: string
  readonly isIntact: boolean
  readonly collections: readonly CollectionReport[]
}

export interface CollectionReport {
  readonly collection: string
  readonly points: number
  /** Stored versions of points, those included that were replaced or deleted: what compaction drops. */
  readonly slots: number
  readonly sizeBytes: number
  /** What is wrong, a sentence each; empty if nothing is. */
  readonly problems: readonly string[]
}

const READ_BYTES = 4 * 1024 * 1024

/**
 * Reads a whole store and compares it with what was written: the checksum of every batch in every file, and every point's
 * payload and vectors. It changes nothing and needs no lock.
 * @param only the one collection to read
 * @throws StoreError `STORE_MISSING`, `STORE_VERSION`, `STORE_CORRUPT` if not even the catalog can be read
 */
export async function verifyStore(path: string, only?: string): Promise<StoreReport> {
  const store = resolve(path)
  const catalog = await requireCatalog(store)
  const collections: CollectionReport[] = []
  for (const [collection, { folder }] of Object.entries(catalog.collections)) {
    if (only !== undefined && collection !== only) continue
    collections.push(await verifyCollection(collection, join(tablesFolder(store), folder)))
  }
  return { path: store, isIntact: collections.every(({ problems }) => problems.length === 0), collections }
}

/**
 * Refuses to go on with a collection whose files are not what was written: a copy would give wrong bytes a right checksum.
 * @throws StoreError `STORE_CORRUPT` naming what is wrong; `STORE_MISSING`, `STORE_VERSION`
 */
export async function requireIntact(path: string, collection?: string): Promise<void> {
  const { collections } = await verifyStore(path, collection)
  const problems = collections.flatMap((report) => report.problems.map((problem) => `${report.collection}: ${problem}`))
  if (problems.length === 0) return
  throw new StoreError(
    'STORE_CORRUPT',
    `Expected the files of ${resolve(path)} as they were written, but ${problems.join('; ')}. Nothing was changed. ` +
      CORRUPT_ADVICE,
  )
}

async function verifyCollection(collection: string, folder: string): Promise<CollectionReport> {
  const problems: string[] = []
  let points = 0
  let slots = 0
  let sizeBytes = 0
  try {
    const table = await LocalPointTable.open(folder, 'full', true)
    try {
      points = table.liveCount
      slots = table.slotCount
      sizeBytes = await verifyChecksums(folder, problems)
      // with wrong bytes underneath, what points look like says nothing more
      if (problems.length === 0) verifyPoints(table, problems)
    } finally {
      await table.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    problems.push(error.message)
  }
  return { collection, points, slots, sizeBytes, problems }
}

/** @returns the committed bytes of all files */
async function verifyChecksums(folder: string, problems: string[]): Promise<number> {
  const path = join(folder, 'journal')
  const { head, commits, length } = parseJournal(await readJournal(path), path)
  let sizeBytes = length
  for (const [number, name] of tableFileNames(head.columns).entries()) {
    try {
      await verifyFile(join(folder, name), number, commits, problems)
    } catch (error) {
      const failure = toDiskError(error, `read ${join(folder, name)}`)
      if (!(failure instanceof StoreError)) throw error
      // the other files are looked at all the same
      problems.push(failure.message)
    }
    sizeBytes += commits.at(-1)?.ends[number] ?? 0
  }
  return sizeBytes
}

async function verifyFile(path: string, number: number, commits: readonly Commit[], problems: string[]): Promise<void> {
  const name = basename(path)
  await using handle = await open(path, 'r')
  let start = 0
  for (const [i, commit] of commits.entries()) {
    const end = commit.ends[number]!
    if (end < start) problems.push(`${name}: batch ${i + 1} ends at byte ${end}, before it starts at ${start}.`)
    else if (end > start && (await checksum(handle, start, end)) !== commit.checksums[number]) {
      problems.push(`${name}: bytes ${start} to ${end} (batch ${i + 1}) do not match their checksum.`)
    }
    start = end
  }
}

async function checksum(handle: Awaited<ReturnType<typeof open>>, start: number, end: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - start))
  let sum = 0
  for (let at = start; at < end; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at)
    if (bytesRead === 0) return -1
    sum = crc32(buffer.subarray(0, bytesRead), sum)
    at += bytesRead
  }
  return sum
}

/** Reads every point that queries can see. */
function verifyPoints(table: LocalPointTable, problems: string[]): void {
  for (let slot = 0; slot < table.slotCount; slot++) {
    if (table.state(slot) !== 'live') continue
    const id = table.idOf(slot)
    try {
      if (table.slotOf(id) !== slot) problems.push(`Point ${id} is stored twice.`)
      table.payload(slot)
      for (const column of table.columns) {
        const problem = vectorProblem(table, column, slot)
        if (problem) problems.push(`Point ${id}, vector "${column.name}": ${problem}.`)
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      problems.push(`Point ${id}: ${error.message}`)
    }
  }
}

function vectorProblem(table: LocalPointTable, column: ColumnLayout, slot: number): string | null {
  if (column.kind === 'dense') {
    table.dense(column.name).vector(slot)
    return null
  }
  if (column.kind === 'multivector') {
    const rows = table.multivector(column.name).vector(slot)?.rows ?? 0
    return Number.isInteger(rows) ? null : `${rows} rows`
  }
  const indices = table.sparse(column.name).vector(slot)?.indices ?? []
  for (let i = 1; i < indices.length; i++) if (indices[i - 1]! >= indices[i]!) return 'its indices do not ascend'
  return null
}
