import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Side } from '../../src/encoders/encoder.js'
import { openBm42Reader } from '../../src/encoders/sparse/bm42.js'
import { openIdfSpladeReader } from '../../src/encoders/sparse/idf-splade.js'
import { openMinicoilReader } from '../../src/encoders/sparse/minicoil.js'
import type { SparseReader } from '../../src/encoders/sparse/sparse-network.js'
import { openSpladeReader } from '../../src/encoders/sparse/splade.js'
import type { TokenWeights } from '../../src/encoders/sparse/token-weights.js'
import { openModel } from '../../src/onnx/model-files.js'
import { openTokenizer } from '../../src/tokenizers/open-tokenizer.js'
import type { TextTokenizer } from '../../src/tokenizers/tokenizer.js'
import { makeTinyModels, outputOf, readTinyFixture, type SparseVectorJson } from '../encoders/tiny-models.js'

/** FastEmbed's post-processing of outputs that are a formula: what goes in is the same to the last bit. */

/** numpy's float32 log1p may be off by the last bit of a float32. */
const FLOAT32_TOLERANCE = 2 ** -23
/** The C library's log() and pow() may be off by the last bits of a float64. */
const FLOAT64_TOLERANCE = 1e-15
/** numpy's float32 tanh may be off by the last bits of a float32, for numbers up to 2.2 = k + 1. */
const MEANING_TOLERANCE = 5e-7

const MAX_TOKENS = 48
const HEADS = 4
const HIDDEN = 32

let modelsFolder: string

beforeAll(async () => {
  modelsFolder = await makeTinyModels('splade', 'idf-splade', 'bm42', 'minicoil')
})

afterAll(async () => {
  await rm(modelsFolder, { recursive: true })
})

type OpenReader = (model: Awaited<ReturnType<typeof openModel>>, tokenizer: TextTokenizer) => Promise<SparseReader>

async function expectVectors(
  name: string,
  open: OpenReader,
  shapeOf: (tokens: number, vocabulary: number) => readonly number[],
  side: Side,
  tolerance: number,
): Promise<void> {
  const fixture = readTinyFixture(name)
  const model = await openModel(fixture.model, { modelsFolder })
  const tokenizer = await openTokenizer(model.folder)
  const reader = await open(model, tokenizer)
  const expected = side === 'document' ? fixture.exactDocuments : fixture.exactQueries!
  const vocabulary = fixture.weights[0]!.shape[0]!
  for (const [i, text] of fixture.texts.entries()) {
    const { inputIds } = tokenizer.encode(text, MAX_TOKENS)
    const output = outputOf(i, shapeOf(inputIds.length, vocabulary), name.startsWith('bm42') ? 0.5 : 2)
    if (name.startsWith('bm42')) for (const [k, x] of output.values.entries()) output.values[k] = Math.abs(x)
    expectClose(reader.read(inputIds, output, side), expected[i]!, tolerance)
  }
  await reader.close?.()
}

function expectClose({ ids, weights }: TokenWeights, expected: SparseVectorJson, tolerance: number): void {
  expect([...ids]).toEqual(expected.indices)
  expected.values.forEach((value, k) => {
    expect(Math.abs(weights[k]! - value)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)))
  })
}

const logits = (tokens: number, vocabulary: number): number[] => [tokens, vocabulary]
const attention = (tokens: number): number[] => [HEADS, tokens, tokens]
const embeddings = (tokens: number): number[] => [tokens, HIDDEN]

describe('the readers of sparse models beside FastEmbed', () => {
  it('SPLADE gives the same tokens, in the same order, and their weights', async () => {
    await expectVectors('splade', openSpladeReader, logits, 'document', FLOAT32_TOLERANCE)
  })

  it('inference-free SPLADE gives the same tokens without the special ones', async () => {
    await expectVectors('idf-splade', openIdfSpladeReader, logits, 'document', FLOAT32_TOLERANCE)
  })

  it('BM42 gives the same ids in the same order and the same weights', async () => {
    await expectVectors('bm42', openBm42Reader, attention, 'document', FLOAT64_TOLERANCE)
  })

  it('BM42 takes another alpha', async () => {
    const open: OpenReader = (...opened) => openBm42Reader(...opened, { alpha: 0.8 })
    await expectVectors('bm42-alpha', open, attention, 'document', FLOAT64_TOLERANCE)
  })

  it.each(['document', 'query'] as const)(
    'miniCOIL gives the same ids in the same order and the same weights (%s)',
    async (side) => {
      await expectVectors('minicoil', openMinicoilReader, embeddings, side, MEANING_TOLERANCE)
    },
  )

  it('miniCOIL takes other parameters of BM25', async () => {
    const open: OpenReader = (...opened) => openMinicoilReader(...opened, { k: 0.9, b: 0.4, avgLen: 12 })
    await expectVectors('minicoil-options', open, embeddings, 'document', MEANING_TOLERANCE)
  })
})
