import { describe, expect, it } from 'vitest'
import { parseColbertMetadata } from '../../../src/encoders/late/colbert-metadata.js'

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

const parse = (fields: Record<string, unknown>) => parseColbertMetadata(fields, 'artifact.metadata')

describe("a ColBERT checkpoint's artifact.metadata", () => {
  it('gives dimension, lengths, markers, attention of masks and skip list', () => {
    expect(parse(PUBLISHED)).toEqual({
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

  it('gives only what it says', () => {
    expect(parse({ dim: 96, query_maxlen: null, similarity: 'l2' })).toEqual({ dimension: 96, settings: {} })
  })

  it.each([
    ['a length of 0', { query_maxlen: 0 }, 'MODEL_FILE_CORRUPT', /query_maxlen as a positive whole number, got 0/],
    ['a marker that is a number', { doc_token_id: 2 }, 'MODEL_FILE_CORRUPT', /doc_token_id as a string, got 2/],
    ['a flag that is a text', { mask_punctuation: 'yes' }, 'MODEL_FILE_CORRUPT', /mask_punctuation as true or false/],
    ['another similarity', { similarity: 'dot' }, 'CHECKPOINT_UNSUPPORTED', /cosine or l2, got "dot"/],
  ])('is refused with %s', (_, changes, code, message) => {
    expect(() => parse({ ...PUBLISHED, ...changes })).toThrow(
      expect.objectContaining({ name: 'ModelError', code, message: expect.stringMatching(message) }),
    )
  })
})
