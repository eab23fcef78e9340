import { expect, test } from 'vitest'
import { openWordMatcher } from '../../../src/pipeline/search/matched-words.js'

const TEXT = 'Attacking the cartilages, Joints swell; a joint’s pain is not the cause.'

async function matched(query: string, text: string, spec = {}): Promise<string[]> {
  const match = (await openWordMatcher({ sparse: 'Qdrant/bm25', ...spec }))!
  return match(query)(text).map(({ start, end }) => text.slice(start, end))
}

test('words are found by their stem, whatever their case, and stopwords are not', async () => {
  expect(await matched('What attacks the cartilage of a joint?', TEXT)).toEqual([
    'Attacking',
    'cartilages',
    'Joints',
    'joint’s',
  ])
})

test('another language has its own stems', async () => {
  const spec = { bm25: { language: 'german' } }
  expect(await matched('die Schmerzen im Gelenk', 'Der Schmerz der Gelenke.', spec)).toEqual(['Schmerz', 'Gelenke'])
})

test('a text without any of the words has no match, and a collection without BM25 no matcher', async () => {
  expect(await matched('gout', TEXT)).toEqual([])
  expect(await openWordMatcher({ dense: 'sentence-transformers/all-MiniLM-L6-v2' })).toBeNull()
})
