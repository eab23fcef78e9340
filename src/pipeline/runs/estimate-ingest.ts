import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Document } from '../../document.js'
import type { InputRecord, Place } from '../../inputs/input-record.js'
import type { PooledEncoder } from '../../pool/encoder-pool.js'
import { describeStore } from '../../stores/local/describe-store.js'
import { openLocalStore } from '../../stores/open-local.js'
import type { CollectionPlan } from '../collection/collection-plan.js'
import { describeColumns, type InputColumn } from './describe-columns.js'
import { type IngestOptions, ingest } from './ingest.js'

/** Records that are embedded for an estimate, and the longest that may take. */
const SAMPLE_RECORDS = 512
const SAMPLE_MS = 10_000
/** The longest that the rest of an input is counted whose length cannot be told from its bytes. */
const COUNT_MS = 30_000

export interface EstimateOptions {
  /** The share of the input before a place, 0 … 1; null where it is not known. */
  readonly fractionAt: (place: Place) => number | null
  readonly textField?: IngestOptions['textField']
  readonly signal?: AbortSignal | undefined
}

/** What an ingest would give, by its first records, which were embedded and stored to see. */
export interface IngestEstimate {
  readonly columns: readonly InputColumn[]
  /** Records that were looked at. */
  readonly sample: number
  /** How `records` came about: all were counted, told from the bytes of the sample, or counted until the time was up. */
  readonly basis: 'counted' | 'estimated' | 'at least'
  readonly records: number
  readonly documents: number
  readonly failed: number
  readonly truncated: number
  readonly tokens: number
  readonly tokensLost: number
  readonly points: number
  /** In the embedded store. */
  readonly sizeBytes: number
  /** Of encoding, on this machine as busy as it is now. */
  readonly seconds: number
}

/**
 * Embeds the first records of an input into a store of its own that is then deleted, and reckons what the whole would give.
 * Nothing else is written, and no other store is opened.
 * @returns null where it was interrupted
 */
export async function estimateIngest(
  records: AsyncIterable<InputRecord[]>,
  plan: CollectionPlan,
  encoder: PooledEncoder,
  { fractionAt, textField, signal }: EstimateOptions,
): Promise<IngestEstimate | null> {
  const path = await mkdtemp(join(tmpdir(), 'offgrid-dry-run-'))
  const store = await openLocalStore({ path })
  const input = records[Symbol.asyncIterator]()
  try {
    // what opening the models takes is not what a document takes
    await encoder.encode(['a text'], 'document')
    const sample = new Sample(input, signal)
    const opened = { store, collection: 'sample', plan, encoder }
    const found = await ingest(sample.records(), opened, { textField, ...(signal && { signal }) })
    if (signal?.aborted === true) return null
    const { sizeBytes } = (await describeStore(path)).collections.find((each) => each.collection === opened.collection)!
    const total = await sample.countAll(fractionAt)
    if (total === null) return null
    const scale = found.read === 0 ? 0 : total.records / found.read
    const scaled = (count: number) => Math.round(count * scale)
    return {
      columns: describeColumns(sample.documents),
      sample: found.read,
      ...total,
      documents: scaled(found.documents),
      failed: scaled(found.failed),
      truncated: scaled(found.truncated),
      tokens: scaled(found.tokens),
      tokensLost: scaled(found.tokensLost),
      points: scaled(found.points),
      sizeBytes: scaled(sizeBytes),
      seconds: found.encodingSeconds * scale,
    }
  } finally {
    await input.return?.()
    await store.close()
    await rm(path, { recursive: true, force: true })
  }
}

/** The first records of an input. */
class Sample {
  readonly documents: Document[] = []
  readonly #input: AsyncIterator<InputRecord[]>
  readonly #signal: AbortSignal | undefined
  #read = 0
  #isAll = false
  #last: Place | null = null

  constructor(input: AsyncIterator<InputRecord[]>, signal: AbortSignal | undefined) {
    this.#input = input
    this.#signal = signal
  }

  async *records(): AsyncGenerator<InputRecord[]> {
    const deadline = performance.now() + SAMPLE_MS
    while (this.#read < SAMPLE_RECORDS && performance.now() < deadline) {
      const batch = await this.#next()
      if (batch === null) return
      for (const record of batch) if (record.kind === 'document') this.documents.push(record.document)
      yield batch
    }
  }

  /** How many records there are in all; null where it was interrupted. */
  async countAll(
    fractionAt: (place: Place) => number | null,
  ): Promise<Pick<IngestEstimate, 'records' | 'basis'> | null> {
    const sampled = this.#read
    // the place of a record is where it begins: the one after the sample tells how long the sample is
    const next = this.#isAll ? null : await this.#next()
    const fraction = next === null ? null : fractionAt(next[0]?.place ?? this.#last!)
    if (fraction !== null && fraction > 0) return { records: Math.round(sampled / fraction), basis: 'estimated' }
    const deadline = performance.now() + COUNT_MS
    while (!this.#isAll && performance.now() < deadline) {
      if (this.#signal?.aborted === true) return null
      await this.#next()
    }
    return { records: this.#read, basis: this.#isAll ? 'counted' : 'at least' }
  }

  async #next(): Promise<InputRecord[] | null> {
    const next = await this.#input.next()
    if (next.done === true) {
      this.#isAll = true
      return null
    }
    this.#read += next.value.length
    this.#last = next.value.at(-1)?.place ?? this.#last
    return next.value
  }
}
