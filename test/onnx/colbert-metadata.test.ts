import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readColbertMetadata } from '../../src/onnx/colbert-metadata.js'

/** As colbert-ir/colbertv2.0 has it, shortened by what says nothing of encoding. */
const PUBLISHED = {
  query_token_id: '[unused0]',
  doc_token_id: '[unused1]',
  query_token: '[Q]',
  doc_token: '[D]',
  ncells: null,
  nbits: 1,
  similarity: 'cosine',
  bsize: 8,
  lr: 1e-5,
  dim: 128,
  doc_maxlen: 180,
  mask_punctuation: true,
  query_maxlen: 32,
  attend_to_mask_tokens: false,
  interaction: 'colbert',
}

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-colbert-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const write = (content: unknown) =>
  writeFile(join(folder, 'artifact.metadata'), typeof content === 'string' ? content : JSON.stringify(content))

describe("a ColBERT checkpoint's artifact.metadata", () => {
  it('gives dimension, lengths, markers, attention of masks and skip list', async () => {
    await write(PUBLISHED)
    expect(await readColbertMetadata(folder)).toEqual({
      dimension: 128,
      documentTokens: 180,
      settings: {
        queryMarker: '[unused0]',
        documentMarker: '[unused1]',
        queryTokens: 32,
        attendToMaskTokens: false,
        skipPunctuation: true,
      },
    })
  })

  it('gives only what it says', async () => {
    await write({ dim: 96, query_maxlen: null })
    expect(await readColbertMetadata(folder)).toEqual({ dimension: 96, settings: {} })
  })

  it('is null where there is none', async () => {
    expect(await readColbertMetadata(folder)).toBeNull()
  })

  it.each([
    ['no JSON', '{"dim": 128', 'MODEL_FILE_CORRUPT', /not JSON/],
    ['a list', [], 'MODEL_FILE_CORRUPT', /object/],
    [
      'a length of 0',
      { ...PUBLISHED, query_maxlen: 0 },
      'MODEL_FILE_CORRUPT',
      /query_maxlen.*positive whole number.*0/,
    ],
    ['a marker that is a number', { ...PUBLISHED, doc_token_id: 2 }, 'MODEL_FILE_CORRUPT', /doc_token_id.*string.*2/],
    ['another similarity', { ...PUBLISHED, similarity: 'dot' }, 'CHECKPOINT_UNSUPPORTED', /cosine or l2.*"dot"/],
  ])('is refused with %s', async (_, content, code, message) => {
    await write(content)
    await expect(readColbertMetadata(folder)).rejects.toMatchObject({
      name: 'ModelError',
      code,
      message: expect.stringMatching(message),
    })
  })
})
