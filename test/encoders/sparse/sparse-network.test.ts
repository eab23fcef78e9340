import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EncoderSpec } from '../../../src/encoders/open-encoder.js'
import { openEncoder } from '../../../src/encoders/open-encoder.js'
import { type SparseBatch, sparseAt } from '../../../src/vectors.js'
import { describeEncoder } from '../encoder.contract.js'
import { makeTinyModels, readTinyFixture, type SparseFixture, type SparseVectorJson } from '../tiny-models.js'

/** Rounding of float32 in another graph of the same network, of values of a few units. */
const NETWORK_TOLERANCE = 1e-5

let onnxFolder: string
let checkpointFolder: string

beforeAll(async () => {
  onnxFolder = await makeTinyModels('splade', 'idf-splade', 'bm42', 'minicoil')
  checkpointFolder = await makeTinyModels(
    'splade-checkpoint',
    'idf-splade-checkpoint',
    'minicoil-checkpoint',
    'bm42-checkpoint',
  )
})

afterAll(async () => {
  for (const folder of [onnxFolder, checkpointFolder]) await rm(folder, { recursive: true, force: true })
})

const NAMES = ['splade', 'idf-splade', 'bm42', 'minicoil'] as const
const modelOf = (name: string): string => readTinyFixture(name).model

async function expectFixture(fixture: SparseFixture, spec: EncoderSpec): Promise<void> {
  const encoder = await openEncoder({ sparse: fixture.model, ...spec })
  for (const side of ['document', 'query'] as const) {
    const { sparse } = await encoder.encode(fixture.texts, side)
    const expected = side === 'document' ? fixture.documents : fixture.queries
    for (const [i, vector] of expected.entries()) expectClose(sparse!, i, vector)
  }
  await encoder.close()
}

/** A weight that is missing is 0: a logit beside 0 may fall on either side. */
function expectClose(batch: SparseBatch, i: number, expected: SparseVectorJson): void {
  const { indices, values } = sparseAt(batch, i)
  const found = new Map(Array.from(indices, (id, k) => [id, values[k]!]))
  const wanted = new Map(expected.indices.map((id, k) => [id, expected.values[k]!]))
  for (const id of new Set([...found.keys(), ...wanted.keys()])) {
    expect(Math.abs((found.get(id) ?? 0) - (wanted.get(id) ?? 0))).toBeLessThan(NETWORK_TOLERANCE)
  }
}

describe('sparse models beside FastEmbed', () => {
  it.each(NAMES)('%s from an ONNX file gives its vectors of documents and of queries', async (name) => {
    await expectFixture(readTinyFixture(name), { modelsFolder: onnxFolder })
  })

  it.each(['splade', 'idf-splade', 'minicoil'])('%s from a checkpoint gives the same vectors', async (name) => {
    await expectFixture(readTinyFixture(name), { modelsFolder: checkpointFolder })
  })

  it('takes the options of BM42 and of miniCOIL', async () => {
    await expectFixture(readTinyFixture('bm42-alpha'), { modelsFolder: onnxFolder, bm42: { alpha: 0.8 } })
    const minicoil = { k: 0.9, b: 0.4, avgLen: 12 }
    await expectFixture(readTinyFixture('minicoil-options'), { modelsFolder: onnxFolder, minicoil })
  })

  it('counts a text’s tokens after the cut, and those that were cut off', async () => {
    const encoder = await openEncoder({ sparse: modelOf('splade'), modelsFolder: onnxFolder, maxTokens: 5 })
    const { tokens, cutTokens } = await encoder.encode(['a', 'run run run run run'], 'document')
    expect([...tokens, ...cutTokens]).toEqual([3, 5, 0, 2])
    await encoder.close()
  })

  it('refuses wrong options by what was expected', async () => {
    const codeOf = (name: string, spec: object) =>
      openEncoder({ sparse: modelOf(name), modelsFolder: onnxFolder, ...spec }).then(
        () => 'none',
        ({ code }: { code: string }) => code,
      )
    expect(await codeOf('bm42', { bm42: { alpha: 0 } })).toBe('INVALID_OPTION')
    expect(await codeOf('bm42', { bm42: { beta: 1 } })).toBe('UNKNOWN_OPTION')
    expect(await codeOf('minicoil', { minicoil: { avgLen: 0 } })).toBe('INVALID_OPTION')
    expect(await codeOf('minicoil', { minicoil: { avg_len: 9 } })).toBe('UNKNOWN_OPTION')
    expect(await codeOf('splade', { maxTokens: 65 })).toBe('INVALID_OPTION')
    expect(await codeOf('splade', { maxTokens: 2 })).toBe('INVALID_OPTION')
  })

  it('BM42 needs its ONNX file, because a checkpoint’s graph gives no attention', async () => {
    await expect(openEncoder({ sparse: modelOf('bm42'), modelsFolder: checkpointFolder })).rejects.toMatchObject({
      code: 'MODEL_NOT_SUITABLE',
      message: expect.stringContaining('attention_6'),
    })
  })
})

for (const name of NAMES) {
  describeEncoder(`the tiny ${name}`, { sparse: true }, () =>
    openEncoder({ sparse: modelOf(name), modelsFolder: onnxFolder }),
  )
}

describeEncoder('the tiny SPLADE checkpoint', { sparse: true }, () =>
  openEncoder({ sparse: modelOf('splade'), modelsFolder: checkpointFolder }),
)
