import { expect, test } from 'vitest'
import { describeDifferences } from '../../../src/pipeline/collection/describe-differences.js'

test('differences are told in words: of checksums the first digits, and no raw JSON', () => {
  const vector = { vector: 'bm25', model: 'Qdrant/bm25', checksum: 'ab'.repeat(32), dimension: null }
  const found = { vectors: { bm25: vector, dense: { checksum: '1'.repeat(64) } }, maxTokens: null }
  const wanted = { vectors: { dense: { checksum: '2'.repeat(64) } }, maxTokens: 64, chunking: { maxTokens: 9 } }
  expect(describeDifferences(found, wanted)).toEqual([
    'vectors.bm25: found vector "bm25" and model "Qdrant/bm25" and dimension null, expected nothing',
    'vectors.dense.checksum: found files with the checksum 111111111111…, expected files with the checksum 222222222222…',
    'maxTokens: found null, expected 64',
    'chunking: found nothing, expected maxTokens 9',
  ])
})
