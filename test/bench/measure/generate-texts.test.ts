import { expect, test } from 'vitest'
import { generateTexts } from '../../../src/bench/measure/generate-texts.js'

test('generated texts are the same for the same seed, distinct, short, and others for another seed', () => {
  const texts = [...generateTexts(1_000, 2)]
  expect([...generateTexts(1_000, 2)]).toEqual(texts)
  expect(new Set([...texts, ...generateTexts(1_000, 1)]).size).toBe(2_000)
  for (const text of texts) expect(text.split(' ').length).toBeLessThanOrEqual(13)
})
