import { expect, test } from 'vitest'
import { nearestModel } from '../../src/onnx/nearest-model.js'

const NAMES = [
  'sentence-transformers/all-MiniLM-L6-v2',
  'offgrid/all-MiniLM-L6-v2-late',
  'BAAI/bge-small-en-v1.5',
  'Qdrant/bm25',
]

test.each([
  ['bge-smal', 'BAAI/bge-small-en-v1.5'],
  ['baai/bge-smal-en-v1.5', 'BAAI/bge-small-en-v1.5'],
  ['other/all-minilm-l6-v3', 'sentence-transformers/all-MiniLM-L6-v2'],
  ['qdrant/bm-25', 'Qdrant/bm25'],
  ['nobody/nothing', undefined],
  ['', undefined],
])('%j may be meant for %s', (wanted, expected) => {
  expect(nearestModel(wanted, NAMES)).toBe(expected)
})
