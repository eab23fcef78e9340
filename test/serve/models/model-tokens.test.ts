import { describe, expect, test } from 'vitest'
import { openModel } from '../../../src/onnx/model-files.js'
import { ModelCatalog } from '../../../src/serve/models/model-catalog.js'
import { ModelTokens } from '../../../src/serve/models/model-tokens.js'
import { openTokenizer } from '../../../src/tokenizers/open-tokenizer.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const tokens = new ModelTokens(new ModelCatalog({}))
const tokenizer = await openTokenizer((await openModel(DENSE)).folder)

describe('the end of a text that a model takes whole', () => {
  test('is the text itself where it fits', async () => {
    expect(await tokens.keepEnd(DENSE, 'Gout hurts.')).toBe('Gout hurts.')
  })

  test('begins with a word, fits, and with the word before it would not', async () => {
    const words = Array.from({ length: 900 }, (_, i) => (i % 7 === 0 ? 'polychondritis' : `w${i}`))
    const kept = await tokens.keepEnd(DENSE, words.join(' '), { prompt: 'query: ', maxTokens: 64 })
    const count = kept.split(' ').length
    expect(kept).toBe(words.slice(-count).join(' '))
    const room = 64 - 2 - tokenizer.pieces('query: ').length
    expect(tokenizer.pieces(kept).length).toBeLessThanOrEqual(room)
    expect(tokenizer.pieces(words.slice(-count - 1).join(' ')).length).toBeGreaterThan(room)
  })

  test('leaves room for the other text of a pair', async () => {
    const words = Array.from({ length: 300 }, (_, i) => `w${i}`).join(' ')
    const query = 'what is gout'
    const kept = await tokens.keepEnd(DENSE, words, { query, maxTokens: 40 })
    expect(tokenizer.encodePair(query, kept, 40).cutTokens).toBe(0)
    expect(words.endsWith(kept)).toBe(true)
  })

  test('is the end of a word that is longer than all there is room for', async () => {
    const kept = await tokens.keepEnd(DENSE, 'x'.repeat(10_000), { maxTokens: 32 })
    expect(kept).toMatch(/^x+$/)
    expect(tokenizer.pieces(kept).length).toBeLessThanOrEqual(30)
  })
})

test('the tokens of a text are those that the model reads, with their places', async () => {
  const text = 'Polychondritis hurts.'
  const placed = await tokens.tokenize(DENSE, text, true)
  expect(placed.map(({ id }) => id)).toEqual([...tokenizer.encode(text, 256).inputIds])
  expect(placed.filter(({ special }) => special).map((token) => token.text)).toEqual(['[CLS]', '[SEP]'])
  for (const { special, start, stop, text: found } of placed) {
    if (!special) expect(text.slice(start!, stop!)).toBe(found)
  }
})
