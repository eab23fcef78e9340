import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addCustomModel } from '../../src/encoders/models/add-custom-model.js'
import { integerProducts } from '../../src/encoders/network/integer-products.js'
import { openEncoder } from '../../src/encoders/open-encoder.js'
import { denseAt } from '../../src/vectors.js'
import { TINY_MODELS, writeTinyModel } from '../encoders/tiny-dense-models.js'

/** Two runtimes' float32 through two layers. */
const TOLERANCE = 1e-5

const here = await integerProducts()

let folder: string
const folders: Record<string, string> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-tiny-'))
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  for (const name of Object.keys(TINY_MODELS.folders)) folders[name] = await writeTinyModel(folder, name)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

describe('dense vectors of small random models', () => {
  // a file with 8-bit weights has two references, one for each way in which processors add 8-bit products: the other one's case is that
  // of other machines, where sums of two products stop at 16 bits or do not; weights of 7 bits give the same on both
  it.each(
    TINY_MODELS.cases
      .map((found, i) => ({ ...found, i, network: found.description.network ?? 'the file found' }))
      .filter(({ products = here }) => products === here),
  )('are those of FastEmbed’s $fastembed: $folder from $network ($i)', async (found) => {
    const { description, options, side = 'document', tolerance = TOLERANCE, vectors } = found
    const name = `tiny/${found.i}`
    await addCustomModel({ name, folder: folders[found.folder]!, ...description })
    const encoder = await openEncoder({ dense: name, ...options })
    const { dense } = await encoder.encode(TINY_MODELS.texts, side)
    await encoder.close()
    expect(dense!.dimension).toBe(vectors[0]!.length)
    const worst = vectors.map((expected, i) =>
      expected.reduce((most, value, k) => Math.max(most, Math.abs(value - denseAt(dense!, i)[k]!)), 0),
    )
    expect(Math.max(...worst), `differences by text: ${worst}`).toBeLessThan(tolerance)
  })
})
