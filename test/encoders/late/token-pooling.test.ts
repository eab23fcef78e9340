import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { poolMultivectors } from '../../../src/encoders/late/token-pooling.js'
import { openEncoder } from '../../../src/encoders/open-encoder.js'
import { multivectorAt } from '../../../src/vectors.js'
import { describeEncoder } from '../encoder.contract.js'
import { writeTinyColberts } from '../tiny-colbert.js'

const LATE = 'colbert-ir/colbertv2.0'
const TEXTS = ['What is relapsing polychondritis?', '', 'Aspirin relieves pain.']

/** Rounding to float32 of values of magnitude 1. */
const FLOAT32_TOLERANCE = 1e-6

const FLOAT = fc.float({ noNaN: true, min: -1, max: 1 })

/** Multivectors of three numbers a row. */
function batchOf(texts: readonly (readonly (readonly number[])[])[]) {
  const offsets = new Uint32Array(texts.length + 1)
  for (const [i, rows] of texts.entries()) offsets[i + 1] = offsets[i]! + rows.length
  return { dimension: 3, offsets, values: Float32Array.from(texts.flat(2)) }
}

const modelsFolder = await mkdtemp(join(tmpdir(), 'offgrid-pooling-'))

beforeAll(async () => {
  vi.stubEnv('OFFGRID_CACHE', join(modelsFolder, 'cache'))
  await writeTinyColberts(modelsFolder, 'checkpoint')
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(modelsFolder, { recursive: true })
})

describeEncoder('an encoder with pooled documents', { late: 16 }, () =>
  openEncoder({ late: LATE, modelsFolder, poolFactor: 2 }),
)

describe('pooling of document tokens', () => {
  it('makes one unit row of each pair of neighbours and one of an odd last row', () => {
    const values = Float32Array.of(1, 0, 0, 1, 0, -1, 1, 0)
    const pooled = poolMultivectors({ dimension: 2, offsets: Uint32Array.of(0, 3, 3, 4), values }, 2)
    expect([...pooled.offsets]).toEqual([0, 2, 2, 3])
    const half = Math.fround(Math.SQRT1_2)
    expect([...pooled.values]).toEqual([half, half, 0, -1, 1, 0])
  })

  it('leaves ⌈rows / factor⌉ rows of every text, whatever the texts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 6 }), fc.integer({ min: 1, max: 5 }), (rows, factor) => {
        const offsets = new Uint32Array(rows.length + 1)
        for (const [i, count] of rows.entries()) offsets[i + 1] = offsets[i]! + count
        const values = new Float32Array(offsets[rows.length]! * 3).fill(1)
        const pooled = poolMultivectors({ dimension: 3, offsets, values }, factor)
        for (const [i, count] of rows.entries()) {
          expect(multivectorAt(pooled, i).rows).toBe(Math.ceil(count / factor))
        }
        for (const value of pooled.values) expect(Math.abs(value - Math.sqrt(1 / 3))).toBeLessThan(FLOAT32_TOLERANCE)
      }),
    )
  })

  it('gives a text the same bits alone as among others, whatever their order', () => {
    const rows = fc.array(fc.tuple(FLOAT, FLOAT, FLOAT), { maxLength: 9 })
    fc.assert(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 16 }), (texts, factor) => {
        const pooled = (some: typeof texts) => poolMultivectors(batchOf(some), factor)
        const [together, turned] = [pooled(texts), pooled([...texts].reverse())]
        for (const [i, text] of texts.entries()) {
          const alone = multivectorAt(pooled([text]), 0)
          expect(multivectorAt(together, i)).toEqual(alone)
          expect(multivectorAt(turned, texts.length - 1 - i)).toEqual(alone)
        }
      }),
    )
  })

  it('halves the rows of documents and leaves queries as they are', async () => {
    const pooled = await openEncoder({ late: LATE, modelsFolder, poolFactor: 2 })
    const plain = await openEncoder({ late: LATE, modelsFolder })
    const documents = [await plain.encode(TEXTS, 'document'), await pooled.encode(TEXTS, 'document')]
    for (const i of TEXTS.keys()) {
      const [all, half] = documents.map(({ late }) => multivectorAt(late!, i).rows)
      expect(half).toBe(Math.ceil(all! / 2))
    }
    expect(await pooled.encode(TEXTS, 'query')).toEqual(await plain.encode(TEXTS, 'query'))
    await pooled.close()
    await plain.close()
  })

  it.each([0, 1.5, 17, Number.NaN])('refuses a factor of %s', async (poolFactor) => {
    await expect(openEncoder({ late: LATE, poolFactor })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('is refused where no model gives multivectors', async () => {
    await expect(openEncoder({ sparse: 'Qdrant/bm25', poolFactor: 2 })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
  })
})
