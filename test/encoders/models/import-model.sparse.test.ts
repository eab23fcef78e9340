import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImportOptions, importModel } from '../../../src/encoders/models/import-model.js'
import { openEncoder } from '../../../src/encoders/open-encoder.js'
import { CrossEncoder } from '../../../src/encoders/pairs/cross-encoder.js'
import { makeTinyModels, readTinyFixture, type TinyModelName } from '../tiny-models.js'

let source: string
let modelsFolder: string

beforeAll(async () => {
  source = await makeTinyModels('splade', 'idf-splade', 'bm42', 'minicoil', 'cross-encoder', 'cross-encoder-checkpoint')
  modelsFolder = await makeTinyModels()
})

afterAll(async () => {
  for (const folder of [source, modelsFolder]) await rm(folder, { recursive: true, force: true })
})

const importTiny = (folder: TinyModelName | 'cross-encoder-checkpoint', options: Partial<ImportOptions> = {}) =>
  importModel(join(source, folder), {
    name: readTinyFixture(folder.replace(/-checkpoint$/, '')).model,
    modelsFolder,
    ...options,
  })

describe('importing sparse models and rerankers', () => {
  it('miniCOIL is known by its name', async () => {
    expect((await importTiny('minicoil')).entry).toMatchObject({ kind: 'sparse', architecture: 'minicoil' })
  })

  it.each(['splade', 'idf-splade', 'bm42'] as const)(
    '%s by a name that FastEmbed lists is refused with another vocabulary',
    async (name) => {
      await expect(importTiny(name)).rejects.toMatchObject({
        name: 'ModelError',
        code: 'MODEL_MISMATCH',
        message: expect.stringMatching(
          /expected a vocabulary of 30522 tokens, tokenizer\.json has a vocabulary of \d+/,
        ),
      })
    },
  )

  it.each(['splade', 'idf-splade', 'bm42', 'minicoil'] as const)(
    '%s is known by its architecture, proved, and can be used',
    async (name) => {
      const { entry, proof } = await importTiny(name, { name: `own/${name}`, architecture: name })
      expect(entry).toMatchObject({ kind: 'sparse', architecture: name, maxTokens: 48, dimension: null })
      expect(proof.numbers).toBeGreaterThan(0)
      const encoder = await openEncoder({ sparse: entry.name, modelsFolder })
      expect((await encoder.encode(['aspirin'], 'query')).sparse!.indices.length).toBeGreaterThan(0)
      await encoder.close()
    },
  )

  it.each(['cross-encoder', 'cross-encoder-checkpoint'] as const)(
    '%s is proved by the score of a pair',
    async (folder) => {
      const { entry, proof } = await importTiny(folder, { name: `mine/${folder}`, kind: 'reranker' })
      expect(entry).toMatchObject({ kind: 'reranker', architecture: 'cross-encoder' })
      expect(proof.numbers).toBe(1)
      const encoder = await CrossEncoder.open({ reranker: entry.name, modelsFolder })
      expect((await encoder.score([['a', 'b']])).scores.length).toBe(1)
      await encoder.close()
    },
  )

  it('a sparse model of one’s own needs the files of its architecture', async () => {
    const own = { kind: 'sparse', architecture: 'idf-splade' } as const
    const { entry } = await importTiny('idf-splade', { name: 'mine/idf', ...own })
    expect(entry.files.map(({ path }) => path)).toContain('idf.json')
    await expect(importTiny('splade', { name: 'mine/other', ...own })).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
      message: expect.stringContaining('idf.json'),
    })
  })
})
