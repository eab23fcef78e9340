import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { EncoderPool } from '../../pool/encoder-pool.js'
import { type Finding, fine } from './finding.js'

const TEXTS = 8
/** As long as a paragraph. */
const WORDS = 60
const ROUNDS = 3

/** How much faster int8 is here: the same few texts by both, in turns, the best of each counted. Its graph is built where it was not. */
export async function measureInt8(): Promise<Finding> {
  const texts = Array.from({ length: TEXTS }, (_, i) => `${i} ${'knee '.repeat(WORDS)}`)
  await using pool = await EncoderPool.create({ workers: 1 })
  const encoders = (['fp32', 'int8'] as const).map((precision) =>
    pool.encoder({ dense: DEFAULT_MODELS.dense, precision }),
  )
  const best = encoders.map(() => Infinity)
  // the first round opens the models
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, encoder] of encoders.entries()) {
      const started = performance.now()
      await encoder.encode(texts, 'document')
      if (round > 0) best[i] = Math.min(best[i]!, performance.now() - started)
    }
  }
  const [fp32, int8] = best as [number, number]
  const times = `${TEXTS} texts of ${WORDS} words in ${int8.toFixed(0)} ms in place of ${fp32.toFixed(0)}, one thread`
  return fine(`--precision int8 is ${(fp32 / int8).toFixed(1)} times as fast as float32 here now (${times})`)
}
