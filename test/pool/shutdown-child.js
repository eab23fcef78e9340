/** Scenarios of a shutdown with work under way; each must end by itself and print `done`. Runs the compiled code. */
import { TextEmbedding } from '../../dist/src/entries/embeddings-entry.js'
import { EncoderPool } from '../../dist/src/pool/encoder-pool.js'

const spec = { dense: 'sentence-transformers/all-MiniLM-L6-v2' }
const texts = Array.from({ length: 48 }, (_, i) => `${i} ${'a text that takes a while to encode '.repeat(30)}`)

const scenarios = {
  async 'close-while-encoding'() {
    const pool = await EncoderPool.create({ workers: 2 })
    const running = pool.encoder(spec).encodePiece(texts.slice(0, 8), 'document')
    await pool.encoder(spec).encode(['one result, so that both workers are at work'], 'query')
    await pool.close()
    const { dense } = await running
    if (dense?.values.length !== 8 * 384) throw new Error('the piece under way was lost')
  },
  async 'abort-then-close'() {
    const pool = await EncoderPool.create({ workers: 2 })
    const controller = new AbortController()
    const running = pool.encoder(spec).encode(texts, 'document', { signal: controller.signal })
    setTimeout(() => controller.abort(), 400)
    await running.then(
      () => {
        throw new Error('expected the run to be cancelled')
      },
      (error) => {
        if (error.code !== 'CANCELLED') throw error
      },
    )
    await pool.close()
  },
  async 'consumer-leaves'() {
    const dense = await TextEmbedding.create({ workers: 2 })
    for await (const vector of dense.embed(texts)) {
      if (vector.length !== 384) throw new Error('wrong size')
      break
    }
    await dense.close()
  },
  async 'failing-then-close'() {
    const pool = await EncoderPool.create({ workers: 2 })
    const running = pool.encoder(spec).encode(texts, 'document')
    const failing = pool.encoder({ dense: 'no/such-model' }).encode(['text'], 'query')
    await failing.then(
      () => {
        throw new Error('expected an unknown model')
      },
      (error) => {
        if (error.code !== 'UNKNOWN_MODEL') throw error
      },
    )
    await Promise.all([pool.close(), running.catch(() => {})])
  },
  async 'close-unused'() {
    const pool = await EncoderPool.create({ workers: 2 })
    await pool.close()
  },
}

await scenarios[process.argv[2]]()
process.stdout.write('done\n')
