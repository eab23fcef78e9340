import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addCustomModel } from '../../../src/encoders/models/add-custom-model.js'
import { openEncoder } from '../../../src/encoders/open-encoder.js'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { readVector } from '../../../src/serve/models/embedded-vector.js'
import { denseAt } from '../../../src/vectors.js'
import { TINY_MODELS, writeTinyModel } from '../../encoders/tiny-dense-models.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-shortened-'))
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** Texts of one to twelve words of the fixture's. */
function makeTexts(count: number): string[] {
  const random = randomNumbers(13)
  const words = TINY_MODELS.texts.join(' ').split(/\s+/)
  const word = () => words[Math.floor(random() * words.length)]!
  return Array.from({ length: count }, () => Array.from({ length: 1 + Math.floor(random() * 12) }, word).join(' '))
}

describe('a vector that the service shortens', () => {
  it.each([
    ['static', {}],
    ['static-mapped', { normalize: false }],
    ['bert', { network: 'model.onnx', pooling: 'mean' }],
    ['bert', { network: 'model.onnx', pooling: 'lastToken', normalize: false }],
    ['bert', { network: 'model.safetensors', pooling: 'cls' }],
    ['bert', { network: 'model.safetensors', pooling: 'lastToken' }],
    ['quantized', { pooling: 'mean' }],
  ] as const)(
    'has the bits of the one that the library gives for as many dimensions: %s %j',
    async (model, options) => {
      const name = `tiny/${JSON.stringify([model, options])}`
      const entry = await addCustomModel({ name, folder: await writeTinyModel(folder, model), ...options })
      const texts = makeTexts(60)
      const whole = await openEncoder({ dense: name })
      const batch = await whole.encode(texts, 'document')
      await whole.close()
      for (const dimensions of [1, 5, 15, 16]) {
        const short = await openEncoder({ dense: name, dimensions })
        const { dense } = await short.encode(texts, 'document')
        await short.close()
        for (const i of texts.keys()) {
          const served = readVector(batch, i, { entry, kind: 'dense' }, dimensions)
          expect(served, `${dimensions} dimensions of text ${i}`).toEqual(denseAt(dense!, i))
        }
      }
    },
  )
})
