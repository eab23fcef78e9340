import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkedJson, checkedLine, endedLines } from '../../files/checked-lines.js'
import { makeFolder } from '../../files/make-folder.js'
import type { ProcessIdentity } from '../../files/process-identity.js'
import { writeFileAtomic } from '../../files/write-file-atomic.js'
import { onDisk } from '../../stores/local/disk-error.js'
import type { Rejection } from '../documents/good-documents.js'
import type { RepeatedDocument } from '../documents/repeated-documents.js'
import type { IngestProgress } from './ingest-tally.js'
import type { InputIdentity } from './input-identity.js'

/** What a run is: the first line of its journal, written once and whole. */
export interface RunHead {
  readonly version: 1
  /** Sorts by the time of the start. */
  readonly id: string
  /** ISO 8601 */
  readonly started: string
  /** Arguments of `offgrid` that begin or continue the run, and the folder in which they were given. */
  readonly args: readonly string[]
  readonly cwd: string
  /** Absolute paths, patterns, or `-`. */
  readonly sources: readonly string[]
  readonly store: string
  readonly collection: string
  /** Models with their checksums, precision, chunking, BM25: all that makes the vectors. */
  readonly fingerprint: Readonly<Record<string, unknown>>
  /** Options that decide which documents the sources give. */
  readonly reading: Readonly<Record<string, unknown>>
}

/** Counts that journals of earlier versions do not have. */
type LaterCount = 'read' | 'stored' | 'repeated' | 'merged' | 'encoded' | 'encodingSeconds'
export type RunProgress = Omit<IngestProgress, 'place' | 'tokensLost' | LaterCount> &
  Partial<Pick<IngestProgress, LaterCount>>

/** What happens to a run, a line each. */
export type RunEvent =
  /** A process began or went on with the run. */
  | {
      readonly kind: 'session'
      readonly at: string
      readonly process: ProcessIdentity
      readonly input: InputIdentity
      /** Points that the collection held. */
      readonly storedPoints: number
      /** Records that were settled before. */
      readonly settledRecords: number
    }
  /** All records before `settledRecords` are in the store, or were rejected. Written after the store acknowledged them. */
  | ({ readonly kind: 'progress'; readonly at: string } & RunProgress)
  | ({ readonly kind: 'rejected'; readonly at: string } & Rejection)
  /** Ids that came again in the input of that digest, each with the record that was stored last. */
  | {
      readonly kind: 'repeated'
      readonly at: string
      readonly digest: string
      readonly documents: readonly RepeatedDocument[]
    }
  | {
      readonly kind: 'end'
      readonly at: string
      /** `replaced`: the collection was dropped by --restart before the run was done. */
      readonly state: 'done' | 'interrupted' | 'failed' | 'replaced'
      readonly error?: { readonly code: string; readonly message: string }
      /** Points that --prune deleted; null where it was not asked for, or not done. */
      readonly pruned?: number | null
    }

const ENDING = '.jsonl'

/** An id for a run that begins now: its time in UTC and four random digits. */
export function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${time}-${randomBytes(2).toString('hex')}`
}

/** Name of a run's journal in the folder of journals. */
export function runFileName(id: string): string {
  return id + ENDING
}

/**
 * The journal of a run: a file that only grows, one event a line, each with a checksum.
 *
 * The head is written to another file that is then renamed. Events are written when they happen, in one piece, and left to the
 * system to bring to the disk; the first and the last event of a session wait until all before them are there. What a power cut takes
 * away costs comparisons, never documents: the store is asked about every document, and the journal only says how thoroughly.
 */
export class RunJournal {
  readonly id: string
  readonly #path: string
  #file: FileHandle

  private constructor(id: string, path: string, file: FileHandle) {
    this.id = id
    this.#path = path
    this.#file = file
  }

  /** @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO` */
  static async create(folder: string, head: RunHead): Promise<RunJournal> {
    const path = join(folder, runFileName(head.id))
    return onDisk(`write ${path}`, async () => {
      await makeFolder(folder)
      await writeFileAtomic(path, checkedLine(head))
      return new RunJournal(head.id, path, await open(path, 'a'))
    })
  }

  /**
   * Opens the journal of a run that goes on, without what a stop left of its last line.
   * @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO`
   */
  static async reopen(folder: string, id: string): Promise<RunJournal> {
    const path = join(folder, runFileName(id))
    return onDisk(`continue ${path}`, async () => {
      await rewrite(path)
      return new RunJournal(id, path, await open(path, 'a'))
    })
  }

  /** @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO` */
  async append(event: RunEvent): Promise<void> {
    await onDisk(`write ${this.#path}`, async () => {
      await this.#file.appendFile(checkedLine(event))
      if (event.kind === 'session' || event.kind === 'end') await this.#file.datasync()
    })
  }

  /** Keeps of each session's progress the last line only: a finished run is a few lines, whatever its hours. */
  async compact(): Promise<void> {
    await onDisk(`write ${this.#path}`, async () => {
      await rewrite(this.#path)
      await this.#file.close()
      this.#file = await open(this.#path, 'a')
    })
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** Writes a journal anew with its whole lines, without progress that a later line of the same session makes meaningless. */
async function rewrite(path: string): Promise<void> {
  const found = await readRunFile(path)
  if (found === null) return
  const kept: RunEvent[] = []
  let hasLater = false
  for (const event of found.events.reverse()) {
    if (event.kind === 'session') hasLater = false
    if (event.kind === 'progress' && hasLater) continue
    hasLater ||= event.kind === 'progress'
    kept.push(event)
  }
  await writeFileAtomic(path, [found.head, ...kept.reverse()].map(checkedLine).join(''))
}

/** Head and events of a journal, as far as its lines are whole; null where not even the head is. */
export async function readRunFile(path: string): Promise<{ head: RunHead; events: RunEvent[] } | null> {
  const lines = [...endedLines(await readFile(path))].map(({ line }) => checkedJson(line))
  // what follows a line that is not as it was written counts as little as that
  const end = lines.indexOf(null)
  const values = (end === -1 ? lines : lines.slice(0, end)).map((json) => JSON.parse(json!))
  const [head, ...events] = values as [RunHead | undefined, ...RunEvent[]]
  return head?.version !== 1 ? null : { head, events }
}

/** Whether a file of this name in a folder of journals is one. */
export function isRunFile(name: string): boolean {
  return name.endsWith(ENDING)
}
