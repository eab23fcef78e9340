import { resolve } from 'node:path'
import { InputError } from '../../errors.js'
import type { InputRecord } from '../../inputs/input-record.js'
import type { InputFormat } from '../../inputs/sources/input-format.js'
import { STDIN } from '../../inputs/sources/resolve-sources.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import type { Store } from '../../stores/store.js'
import { fingerprint } from '../collection/collection-plan.js'
import { migratedFrom } from '../collection/migrated-from.js'
import type { OpenedCollection } from '../collection/opened-collection.js'
import { aliasesOf, resolveCollection } from '../collection/resolve-collection.js'
import type { Rejection } from '../documents/good-documents.js'
import { PointIdSet } from '../documents/point-id-set.js'
import { RepeatedDocuments } from '../documents/repeated-documents.js'
import { type IngestOptions, ingest, type KnownInput } from './ingest.js'
import type { IngestProgress, IngestSummary } from './ingest-tally.js'
import { type InputIdentity, identifyInput } from './input-identity.js'
import { pruneCollection, requireSoleInput } from './prune-collection.js'
import { RunJournal } from './run-journal.js'
import {
  byCollection,
  findRepeated,
  findUnfinished,
  listRuns,
  type RunKey,
  type RunRecord,
  runsInto,
} from './run-records.js'
import { RunSession } from './run-session.js'

/** A run as its journal keeps it. */
export interface RunRequest {
  /** Folder of journals. */
  readonly folder: string
  /** Arguments of the command line that continue this run. */
  readonly args: readonly string[]
  readonly sources: readonly string[]
  /** Options that decide which documents the sources give. */
  readonly reading: Readonly<Record<string, unknown>> & { readonly format?: InputFormat }
  /** The collection was dropped for this run. @default false */
  readonly restart?: boolean
  /** Delete the points whose documents the input does not have any more. @default false */
  readonly prune?: boolean
}

export interface RunSummary extends IngestSummary {
  /** Id of the run. */
  readonly run: string
  /** Points that were deleted because their documents are gone; null where that was not asked for, or not safe. */
  readonly pruned: number | null
}

/** Between two lines of progress, in milliseconds: what is not written down is compared once more. */
const PROGRESS_MS = 500
/** Stands for the digest of an input that nobody can know again. */
const STREAM = 'stream'
/** Rejected documents that the journal keeps of a session. */
const KEPT_REJECTIONS = 100

/**
 * {@link ingest} with a journal: goes on with the run that the same command began and did not end.
 * @throws what {@link ingest} throws; InputError `PRUNE_REFUSED`
 */
export async function runIngest(
  request: RunRequest,
  records: AsyncIterable<readonly InputRecord[]>,
  opened: OpenedCollection<PooledEncoder>,
  options: Omit<IngestOptions, 'onBegin' | 'onDocument'> = {},
): Promise<RunSummary> {
  const { store } = opened
  // journals name the collection itself: an alias may stand for another one tomorrow
  const collection = await resolveCollection(store, opened.collection)
  const into = { ...opened, collection }
  const input = await identifyInput(request.sources, request.reading.format)
  const key: RunKey = {
    sources: request.sources.map((source) => (source === STDIN ? STDIN : resolve(source))),
    store: store.location,
    collection,
    fingerprint: fingerprint(opened.plan),
    reading: request.reading,
  }
  const seen = request.prune === true ? new PointIdSet() : null
  const run = new JournaledRun(request, key, input)
  let unreadable = 0
  return run.session.during(async () => {
    const summary = await ingest(records, into, {
      ...options,
      onBegin: (storedPoints) => run.begin(storedPoints, store),
      ...(seen !== null && { onDocument: (id) => seen.add(id) }),
      onRejected: (rejection) => {
        if (rejection.id === null) unreadable += 1
        run.reject(rejection)
        options.onRejected?.(rejection)
      },
      onProgress: async (progress) => {
        await run.progress(progress)
        await options.onProgress?.(progress)
      },
    })
    if (request.prune === true && !summary.interrupted && summary.documents + summary.failed === 0)
      throw emptyInput(key)
    // a record that could not be read may be a document that is stored
    const mayPrune = seen !== null && !summary.interrupted && unreadable === 0
    const pruned = mayPrune ? await pruneCollection(into, seen) : null
    await run.end(summary, pruned)
    return { ...summary, run: run.session.id, pruned }
  })
}

/** What comes out of a pipe that failed must not empty a collection. */
function emptyInput({ sources, collection }: RunKey): InputError {
  return new InputError(
    'PRUNE_REFUSED',
    `--prune: ${sources.join(', ')} holds no document, and would leave nothing of collection "${collection}". ` +
      'Nothing was deleted. To empty the collection, use --restart.',
  )
}

/** The journal's side of a run. */
class JournaledRun {
  readonly session: RunSession
  readonly #request: RunRequest
  readonly #key: RunKey
  readonly #input: InputIdentity
  #lastProgress = 0
  #rejections = 0
  #settledBefore = 0
  #repeated: RepeatedDocuments | null = null

  constructor(request: RunRequest, key: RunKey, input: InputIdentity) {
    this.session = new RunSession(request)
    this.#request = request
    this.#key = key
    this.#input = input
  }

  get #digest(): string {
    return this.#input.digest ?? STREAM
  }

  /** Opens the journal. @returns what earlier sessions of this run, and runs of the same command, found */
  async begin(storedPoints: number, store: Store): Promise<KnownInput> {
    const { folder, restart = false, prune = false } = this.#request
    const { collection } = this.#key
    const runs = byCollection(await listRuns(folder), collection, await aliasesOf(store, collection))
    if (restart) await endReplaced(folder, runsInto(runs, this.#key))
    if (prune && !restart) {
      const found = await store.describeCollection(collection)
      requireSoleInput(runs, this.#key, migratedFrom(found?.metadata))
    }
    const unfinished = restart ? null : findUnfinished(runs, this.#key)
    const settledRecords = unfinished === null ? 0 : settledBefore(unfinished, this.#input, runs)
    this.#settledBefore = settledRecords
    await this.session.begin(this.#key, { input: this.#input, storedPoints, settledRecords }, unfinished?.id ?? null)
    const known = restart ? undefined : findRepeated(runs, this.#key, this.#digest)
    this.#repeated = new RepeatedDocuments(known, this.#input.digest !== null)
    return { settledRecords, repeated: this.#repeated }
  }

  reject(rejection: Rejection): void {
    this.#rejections += 1
    if (this.#rejections <= KEPT_REJECTIONS) this.session.note({ kind: 'rejected', ...rejection })
  }

  async progress(progress: IngestProgress): Promise<void> {
    const now = performance.now()
    if (now - this.#lastProgress < PROGRESS_MS) return
    this.#lastProgress = now
    await this.#writeProgress(progress)
  }

  async end(summary: IngestSummary, pruned: number | null): Promise<void> {
    await this.#writeProgress(summary)
    await this.session.end(summary.interrupted ? 'interrupted' : 'done', pruned)
  }

  async #writeProgress(progress: IngestProgress): Promise<void> {
    const { read, documents, stored, unchanged, failed, repeated, merged, encoded, points } = progress
    const { tokens, tokensLost, seconds, encodingSeconds } = progress
    // this session begins at the first record again, but what an earlier one settled stays settled
    const settledRecords = Math.max(progress.settledRecords, this.#settledBefore)
    const found = this.#repeated?.takeFound() ?? []
    if (found.length > 0) await this.session.append({ kind: 'repeated', digest: this.#digest, documents: found })
    const counts = { read, documents, stored, unchanged, failed, repeated, merged, encoded, points, tokens, tokensLost }
    const progressed = { ...counts, seconds, encodingSeconds, settledRecords }
    await this.session.append({ kind: 'progress', ...progressed })
  }
}

/**
 * Records that a run settled before and that nothing happened to since: the input is the same, byte for byte as far as the file
 * system says, and no other run wrote into the collection.
 */
function settledBefore(run: RunRecord, input: InputIdentity, runs: readonly RunRecord[]): number {
  const last = run.sessions.at(-1)
  if (last === undefined || input.digest === null || last.input.digest !== input.digest) return 0
  const isDisturbed = runsInto(runs, run).some((other) => other.id !== run.id && other.lastActive >= run.lastActive)
  return isDisturbed ? 0 : (run.progress?.settledRecords ?? last.settledRecords)
}

async function endReplaced(folder: string, runs: readonly RunRecord[]): Promise<void> {
  for (const run of runs) {
    if (run.state !== 'interrupted' && run.state !== 'failed') continue
    const journal = await RunJournal.reopen(folder, run.id)
    await journal.append({ kind: 'end', at: new Date().toISOString(), state: 'replaced' })
    await journal.close()
  }
}
