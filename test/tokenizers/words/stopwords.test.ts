import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUNDLED_MODELS_FOLDER } from '../../../src/onnx/models-folders.js'
import { STEMMER_LANGUAGES } from '../../../src/tokenizers/words/stemmer.js'
import { lowercaseStopwords, readStopwords } from '../../../src/tokenizers/words/stopwords.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stopwords-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

describe('readStopwords', () => {
  it.each(STEMMER_LANGUAGES.filter((language) => language !== 'tamil'))(
    'has a bundled list for %s',
    async (language) => {
      expect((await readStopwords(join(BUNDLED_MODELS_FOLDER, 'bm25'), language)).size).toBeGreaterThan(50)
    },
  )

  it('reads one word a line, with either line end and with or without a last one', async () => {
    await writeFile(join(folder, 'english.txt'), 'the\r\nand\n\nor')
    expect(await readStopwords(folder, 'english')).toEqual(new Set(['the', 'and', 'or']))
  })

  it('throws MODEL_FILE_MISSING for a list that is not there, where FastEmbed goes on without', async () => {
    await expect(readStopwords(folder, 'german')).rejects.toMatchObject({
      name: 'ModelError',
      code: 'MODEL_FILE_MISSING',
      message: expect.stringContaining('german.txt'),
    })
  })

  it('needs a folder', async () => {
    await expect(readStopwords(undefined, 'german')).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('gives no stopwords for Tamil, which has no list', async () => {
    expect(await readStopwords(undefined, 'tamil')).toEqual(new Set())
  })
})

describe('lowercaseStopwords', () => {
  it('takes any iterable', () => {
    expect(lowercaseStopwords(new Set(['Hello', 'ΟΔΟΣ']))).toEqual(new Set(['hello', 'οδος']))
  })
})
