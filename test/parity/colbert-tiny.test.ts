import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Side } from '../../src/encoders/encoder.js'
import { ColbertEncoder } from '../../src/encoders/late/colbert.js'
import { multivectorAt } from '../../src/vectors.js'
import { encodeTinyCheckpoint, readTinyColbert, writeTinyColberts } from '../encoders/tiny-colbert.js'

/** FastEmbed's float32 sums run in another order, and its rows are written with 6 decimals. */
const TOLERANCE = 1e-5

const tiny = await readTinyColbert()
const FORMS = ['checkpoint', 'onnx'] as const
const SIDES: readonly Side[] = ['document', 'query']

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-colbert-'))
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  for (const form of FORMS) await writeTinyColberts(join(folder, form), form)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

describe('a small random ColBERT', () => {
  it('has the checkpoint that the reference was computed from', () => {
    const sha256 = createHash('sha256').update(encodeTinyCheckpoint(tiny)).digest('hex')
    expect(sha256).toBe(tiny.meta.checkpoint_sha256)
  })

  describe.each(tiny.kinds)('in the manner of $name', ({ name, documents, queries }) => {
    it.each(FORMS.flatMap((form) => SIDES.map((side) => [form, side] as const)))(
      "has FastEmbed's rows to 1e-5: %s, %s",
      async (form, side) => {
        const encoder = await ColbertEncoder.open({ model: name, modelsFolder: join(folder, form) })
        const { late } = await encoder.encode(tiny.texts, side)
        await encoder.close()
        for (const [i, expected] of (side === 'document' ? documents : queries).entries()) {
          const { rows, values } = multivectorAt(late!, i)
          expect(rows).toBe(expected.length)
          const worst = expected.flat().reduce((most, value, k) => Math.max(most, Math.abs(value - values[k]!)), 0)
          expect(worst).toBeLessThan(TOLERANCE)
        }
      },
    )
  })
})
