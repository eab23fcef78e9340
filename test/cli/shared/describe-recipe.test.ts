import { expect, test } from 'vitest'
import { describeRecipe } from '../../../src/cli/shared/describe-recipe.js'

test('a recipe is said in words: each vector by its model, each setting that is on, and no checksums of models', () => {
  const recipe = {
    vectors: {
      dense: { vector: 'a', model: 'x/a', checksum: 'ad27', dimension: 384 },
      bm25: { vector: 'b', model: 'Qdrant/bm25', checksum: '1feb', dimension: null, documentVector: 'b-document' },
      late: { vector: 'b', model: 'x/b', checksum: '2f60', dimension: 128 },
    },
    precision: 'fp32',
    maxTokens: null,
    bm25: { k: 1.2, language: 'english', asciiFolding: false },
    chunking: { maxTokens: 64, overlapTokens: 0 },
    mapping: { text: ['question', 'answer'] },
  }
  expect(describeRecipe(recipe)).toEqual([
    'dense: x/a, 384 numbers',
    'bm25: Qdrant/bm25, also of whole documents',
    'late: x/b, 128 numbers a token',
    'precision fp32',
    'bm25: k 1.2; language english',
    'chunking: max tokens 64; overlap tokens 0',
    'mapping: text question, answer',
  ])
  expect(describeRecipe({})).toEqual([])
})
