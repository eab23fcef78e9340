import { join } from 'node:path'
import { CHECKPOINT_FILE, type ModelEntry } from '../../onnx/manifest.js'
import { OnnxSession } from '../../onnx/session.js'
import { hasWideWeights } from '../../onnx/wide-weights.js'

/**
 * What sums of 8-bit products become on a processor: `exact`, or `saturating` where the sum of two products of an unsigned and a signed
 * byte stops at 16 bits, as it does on x86 processors with AVX2 and without VNNI.
 */
export type IntegerProducts = 'saturating' | 'exact'

const DEPTH = 64
const COLUMNS = 16
const LARGEST = 255 * 127 * DEPTH

let found: Promise<IntegerProducts> | undefined

/**
 * How this processor adds 8-bit products, found by having ONNX Runtime add the largest ones: what it makes of the processor's features
 * is its own affair. One text and several take different ways through it.
 */
export function integerProducts(): Promise<IntegerProducts> {
  found ??= measure()
  return found
}

async function measure(): Promise<IntegerProducts> {
  const { OnnxGraph } = await import('../../graph/onnx-graph.js')
  const graph = new OnnxGraph('none')
  graph.add('Cast', ['input_ids'], 'bytes', { to: 2n })
  graph.constant('weights', { shape: [DEPTH, COLUMNS], values: new Int8Array(DEPTH * COLUMNS).fill(127) })
  graph.add('MatMulInteger', ['bytes', 'weights'], 'sums')
  graph.add('Cast', ['sums'], 'products', { to: 1n })
  const session = await OnnxSession.open(
    graph.encode({ input_ids: ['batch', 'tokens'] }, { products: ['batch', COLUMNS] }),
    1,
  )
  try {
    for (const rows of [1, 4]) {
      const { products } = await session.run(new Int32Array(rows * DEPTH).fill(255), rows, DEPTH)
      if (products!.values.some((sum) => sum !== LARGEST)) return 'saturating'
    }
    return 'exact'
  } finally {
    await session.release()
  }
}

/**
 * How this processor adds the products of a model, where that decides about its vectors: null for a checkpoint, whose int8 is exact on
 * every processor, and for an ONNX file whose weights are too small for two products to pass 16 bits.
 * @param folder absolute, of the model's files
 */
export async function integerProductsOf(
  { network }: Pick<ModelEntry, 'network'>,
  folder: string,
): Promise<IntegerProducts | null> {
  if (!(network ?? CHECKPOINT_FILE).endsWith('.onnx')) return null
  return (await hasWideWeights(join(folder, network!))) ? integerProducts() : null
}

/** In words for people: what a kind of sum means for the vectors of an ONNX model with 8-bit weights. */
export function describeIntegerProducts(products: IntegerProducts): string {
  return products === 'exact'
    ? 'sums of 8-bit products are exact here; on x86 processors without VNNI they stop at 16 bits, and a quantized ONNX file gives other vectors there'
    : 'sums of 8-bit products stop at 16 bits here (x86 without VNNI): a quantized ONNX file gives other vectors than on most processors; --precision int8 of a checkpoint gives the same everywhere'
}
