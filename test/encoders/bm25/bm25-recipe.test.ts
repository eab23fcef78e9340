import { expect, test } from 'vitest'
import { Bm25Encoder } from '../../../src/encoders/bm25/bm25.js'
import type { Bm25Options } from '../../../src/encoders/bm25/bm25-options.js'
import { resolveBm25Options, termsOf } from '../../../src/encoders/bm25/bm25-recipe.js'

test('no options and the defaults spelled out are one recipe', () => {
  const spelled: Bm25Options = {
    dialect: 'fastembed',
    k: 1.2,
    b: 0.75,
    avgLen: 256,
    language: 'english',
    tokenMaxLength: 40,
    disableStemmer: false,
    asciiFolding: false,
  }
  expect(resolveBm25Options(spelled)).toEqual(resolveBm25Options())
})

test('stopwords count as a set, in any case and order', () => {
  const recipe = resolveBm25Options({ stopwords: new Set(['The', 'a']) })
  expect(recipe).toEqual(resolveBm25Options({ stopwords: ['a', 'the', 'a'] }))
  expect(recipe).not.toEqual(resolveBm25Options())
})

test.each<Bm25Options>([
  { dialect: 'qdrant' },
  { language: 'german' },
  { avgLen: 12.5 },
  { normalize: 'nfc' },
  { segmenter: 'intl' },
  { disableStemmer: true },
])('%j is a recipe of its own', (options) => {
  expect(resolveBm25Options(options)).not.toEqual(resolveBm25Options())
})

test.each<Bm25Options>([
  { language: 'german', k: 2, stopwords: ['der'], normalize: 'nfc' },
  { dialect: 'qdrant', language: 'de', avgLen: 9, stemmer: { type: 'none' }, maxTokenLen: 20 },
])('a recipe of %j, read back from JSON, gives the vectors of the options', async (options) => {
  const recipe = JSON.parse(JSON.stringify(resolveBm25Options(options))) as Bm25Options
  const text = 'Die Katzen der Stadt schliefen, die Katzen.'
  const [one, two] = [options, recipe].map((each) => Bm25Encoder.open({ model: 'Qdrant/bm25', ...each }))
  expect((await two!).explain(text, 'document')).toEqual((await one!).explain(text, 'document'))
})

test('a recipe says what cuts scripts without spaces: pairs of characters are the same everywhere, a dictionary has a version', () => {
  expect(resolveBm25Options({ language: 'chinese' })).toMatchObject({ segmenter: 'ngrams' })
  expect(resolveBm25Options({ language: 'chinese' })).not.toHaveProperty('icu')
  expect(resolveBm25Options({ segmenter: 'intl' })).toMatchObject({ segmenter: 'intl', icu: process.versions.icu })
  expect(resolveBm25Options({ segmenter: 'intl', icu: '70.1' })).toMatchObject({ icu: '70.1' })
  expect(resolveBm25Options()).not.toHaveProperty('segmenter')
})

test('a query does not depend on k, b and avgLen', () => {
  expect(termsOf(resolveBm25Options({ k: 2, b: 0.1, avgLen: 9 }))).toEqual(termsOf(resolveBm25Options()))
  expect(termsOf(resolveBm25Options({ language: 'german' }))).not.toEqual(termsOf(resolveBm25Options()))
})
