/** What every client script here needs: where the service is (OFFGRID_URL, OFFGRID_TOKEN), and the library's own bits. */
import { TextEmbedding } from '../../../dist/src/index.js'

export const URL_OF_SERVICE = (process.env.OFFGRID_URL ?? 'http://127.0.0.1:6380').replace(/\/+$/, '')
export const TOKEN = process.env.OFFGRID_TOKEN || 'none'
export const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
export const LATE = 'offgrid/all-MiniLM-L6-v2-late'
export const TEXTS = ['A river in France.', 'Gout is a painful joint disease.']
export const QUERY = 'What is gout?'

/** The library's vectors of texts. */
export async function dense(texts) {
  const model = await TextEmbedding.create({ model: DENSE, workers: 1 })
  try {
    const vectors = []
    for await (const vector of model.embed(texts)) vectors.push(vector)
    return vectors
  } finally {
    await model.close()
  }
}

/** Ends the script unless both are the same float32 values. */
export function requireSame(got, expected, what) {
  const isSame =
    got.length === expected.length &&
    got.every((vector, i) =>
      Buffer.from(Float32Array.from(vector).buffer).equals(Buffer.from(Float32Array.from(expected[i]).buffer)),
    )
  require(isSame, `${what}: ${got.length} vectors with the library's bits`)
}

/** Ends the script unless it is so. */
export function require(condition, what) {
  if (!condition) {
    console.error(`not so: ${what}`)
    process.exit(1)
  }
  console.log(what)
}
