import type { CustomModel } from '../../onnx/custom-models.js'
import { cosineSimilarity } from '../../scoring/distance.js'
import type { EncodedBatch } from '../encoder.js'
import { isOnnx } from '../network/network.js'
import { openEncoder } from '../open-encoder.js'

/** Texts as they come: of a few words, a sentence, a paragraph; short ones lose most. */
const TEXTS = [
  'what causes chest pain',
  'Aspirin lowers the risk of a second heart attack, but it may cause bleeding of the stomach.',
  'Returns the index of the first element that satisfies the test, or -1 if there is none.',
  'The treaty was signed in Paris in 1783 and ended the war. Its articles settled the borders, the fishing rights and the debts of both sides, and the prisoners of war were set free. The news took two months to cross the ocean.',
]

/**
 * How near a checkpoint's int8 vectors are to its float32 ones: the smallest cosine over a few texts, of a multivector the mean of its rows.
 * @returns null for models that have no int8 form or no vectors to compare: ONNX files, tables, sparse models, rerankers
 */
export async function measureInt8Loss({ entry, modelsFolder }: CustomModel): Promise<number | null> {
  const { name, kind, architecture } = entry
  const isCheckpoint = architecture !== 'static' && !isOnnx({ entry, folder: '' })
  if (!isCheckpoint || (kind !== 'dense' && kind !== 'late')) return null
  const [float, int8] = [await encode('fp32'), await encode('int8')]
  return Math.min(...TEXTS.map((_, i) => meanCosine(rowsOf(float, i), rowsOf(int8, i), entry.dimension!)))

  async function encode(precision: 'fp32' | 'int8'): Promise<EncodedBatch> {
    const encoder = await openEncoder({ [kind]: name, precision, modelsFolder })
    try {
      return await encoder.encode(TEXTS, 'document')
    } finally {
      await encoder.close()
    }
  }
}

/** The vector of text i, or all rows of its multivector. */
function rowsOf({ dense, late }: EncodedBatch, i: number): Float32Array {
  if (dense !== undefined) return dense.values.subarray(i * dense.dimension, (i + 1) * dense.dimension)
  const { values, offsets, dimension } = late!
  return values.subarray(offsets[i]! * dimension, offsets[i + 1]! * dimension)
}

function meanCosine(a: Float32Array, b: Float32Array, dimension: number): number {
  let total = 0
  for (let row = 0; row < a.length; row += dimension) total += cosineSimilarity(a, row, b, row, dimension)
  return total / (a.length / dimension)
}
