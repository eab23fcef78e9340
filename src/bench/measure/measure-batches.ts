import type { Precision } from '../../graph/precision.js'
import { type Measurement, peakRssBytes } from './measurement.js'
import { openBareSession } from './open-bare-session.js'
import { median } from './statistics.js'

/** Texts of a run, and tokens of each text. */
const BATCH_SIZES = [1, 2, 4, 8, 16]
const LENGTHS = [16, 32, 64, 128, 256]
const ROUNDS = 5
/** Time of a cell in one round; runs are repeated until it is over. */
const CELL_MS = 100
/** Ids of ordinary words in BERT's vocabulary begin here. */
const FIRST_WORD_ID = 2_000
const WORD_IDS = 20_000

/** Tokens per second of every batch size at every length, one thread; the cells take turns, so that all see the same machine. */
export async function measureBatches(precision: Precision): Promise<Measurement> {
  const session = await openBareSession(precision)
  const cells = LENGTHS.flatMap((length) =>
    BATCH_SIZES.map((batch) => ({ length, batch, inputIds: makeIds(batch * length), rates: [] as number[] })),
  )
  for (const { inputIds, batch, length } of cells) await session.run(inputIds, batch, length)
  let checksum = 0
  let texts = 0
  let tokens = 0
  const started = performance.now()
  for (let round = 0; round < ROUNDS; round++) {
    for (const { inputIds, batch, length, rates } of cells) {
      const begin = performance.now()
      let done = 0
      let elapsed = 0
      while (elapsed < CELL_MS) {
        const outputs = await session.run(inputIds, batch, length)
        checksum += outputs.sentence_embedding!.values[0]!
        done += batch
        elapsed = performance.now() - begin
      }
      rates.push(((done * length) / elapsed) * 1000)
      texts += done
      tokens += done * length
    }
  }
  const seconds = (performance.now() - started) / 1000
  await session.release()
  return {
    value: tokens / seconds,
    seconds,
    texts,
    tokens,
    peakRssBytes: peakRssBytes(),
    details: {
      checksum,
      batchSizes: BATCH_SIZES,
      lengths: LENGTHS,
      /** [lengths][batch sizes] */
      tokensPerSecond: LENGTHS.map((length) =>
        cells.filter((cell) => cell.length === length).map(({ rates }) => Math.round(median(rates))),
      ),
    },
  }
}

/** Ids that differ from each other, so that no two rows of the embedding are the same. */
function makeIds(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => FIRST_WORD_ID + ((i * 7_919) % WORD_IDS))
}
