import { expect, test } from 'vitest'
import { placeTokens } from '../../../src/serve/models/place-tokens.js'

test('tokens of lower case and without accents are found in the text that has both', () => {
  expect(placeTokens('Él va', ['el', 'va'])).toEqual([
    [0, 2],
    [3, 5],
  ])
  expect(placeTokens('poly-chondritis', ['poly', '-', 'cho', '##nd', '##ritis'])).toEqual([
    [0, 4],
    [4, 5],
    [5, 8],
    [8, 10],
    [10, 15],
  ])
})

test('places count code points, and an unknown token keeps the others in their places', () => {
  expect(placeTokens('😀 gout 🦴 x', ['😀', 'gout', '[UNK]', 'x'])).toEqual([[0, 1], [2, 6], null, [9, 10]])
})
