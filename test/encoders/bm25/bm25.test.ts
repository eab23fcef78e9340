import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { Bm25Encoder } from '../../../src/encoders/bm25/bm25.js'
import type { Bm25Options } from '../../../src/encoders/bm25/bm25-options.js'
import { lengthNorm, weighTerm } from '../../../src/encoders/bm25/bm25-weight.js'
import { BUNDLED_MODELS_FOLDER } from '../../../src/onnx/models-folders.js'
import { sparseAt } from '../../../src/vectors.js'
import { describeEncoder } from '../encoder.contract.js'

const STOPWORDS = join(BUNDLED_MODELS_FOLDER, 'bm25')

function open(options: Bm25Options = {}): Promise<Bm25Encoder> {
  return Bm25Encoder.create({ stopwordsFolder: STOPWORDS, ...options })
}

async function termsOf(text: string, options: Bm25Options): Promise<string[]> {
  return (await open({ ...options, order: 'fastembed' })).explain(text, 'document').map(({ term }) => term)
}

describeEncoder('BM25', { sparse: true }, () => open())
describeEncoder("BM25 in the server's dialect", { sparse: true }, () => open({ dialect: 'qdrant' }))

describe('a BM25 vector', () => {
  let encoder: Bm25Encoder

  beforeAll(async () => {
    encoder = await open()
  })

  it('weighs the terms of a document by their count and its length', async () => {
    const { sparse, tokens, cutTokens } = await encoder.encode(['The cats and the cat sleep'], 'document')
    const norm = lengthNorm(3, { k: 1.2, b: 0.75, avgLen: 256 })
    expect(encoder.explain('The cats and the cat sleep', 'document')).toEqual([
      { term: 'sleep', index: 134749957, count: 1, value: weighTerm(1, norm, 1.2) },
      { term: 'cat', index: 1751422759, count: 2, value: weighTerm(2, norm, 1.2) },
    ])
    expect([...sparse!.indices]).toEqual([134749957, 1751422759])
    expect([...sparse!.values]).toEqual([weighTerm(1, norm, 1.2), weighTerm(2, norm, 1.2)])
    expect([...tokens, ...cutTokens]).toEqual([6, 0])
  })

  it('weighs every term of a query 1', async () => {
    const { sparse } = await encoder.encode(['cats cat sleep'], 'query')
    expect([...sparse!.values]).toEqual([1, 1])
    expect(encoder.explain('cats cat sleep', 'query').map(({ count }) => count)).toEqual([1, 2])
  })

  it('of a text without terms is empty', async () => {
    const { sparse, tokens } = await encoder.encode(['', 'the _ and', '?!'], 'document')
    expect([...sparse!.offsets]).toEqual([0, 0, 0, 0])
    expect([...tokens]).toEqual([0, 3, 0])
  })

  it.each([
    ['x36582 zebra x41893 x41893', [1503363639, 1054603790], [1.9014179608372723, 1.6741973840665876]],
    ['x41893 x41893 zebra x36582', [1503363639, 1054603790], [1.6741973840665876, 1.6741973840665876]],
  ])(
    'of "%s", with two terms of one hash, keeps the first place and the last weight as FastEmbed does',
    async (text, indices, values) => {
      const asEmitted = await (await open({ order: 'fastembed' })).encode([text], 'document')
      expect([...asEmitted.sparse!.indices]).toEqual(indices)
      expect([...asEmitted.sparse!.values]).toEqual(values)
      const sorted = await encoder.encode([text], 'document')
      expect([...sorted.sparse!.indices]).toEqual(indices.toReversed())
      expect([...sorted.sparse!.values]).toEqual(values.toReversed())
    },
  )

  it('has ascending indices without repeats and the same entries as in order of occurrence, whatever the text', async () => {
    const asEmitted = await open({ order: 'fastembed' })
    const word = fc.oneof(
      fc.constantFrom('cat', 'Cats', 'ÿ', 'naïve', 'x36582', 'x41893', 'the'),
      fc.string({ unit: 'binary' }),
    )
    const text = fc.array(word).map((words) => words.join(' '))
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('document' as const, 'query' as const), async (each, side) => {
        const { indices, values } = sparseAt((await encoder.encode([each], side)).sparse!, 0)
        expect([...indices]).toEqual([...new Set(indices)].sort((a, b) => a - b))
        const emitted = sparseAt((await asEmitted.encode([each], side)).sparse!, 0)
        const entries = new Map(Array.from(emitted.indices, (id, i) => [id, emitted.values[i]]))
        expect(new Map(Array.from(indices, (id, i) => [id, values[i]]))).toEqual(entries)
      }),
    )
  })

  it('does not change when more words have been seen than are remembered', async () => {
    const fresh = await open()
    const before = await fresh.encode(['Remembering universities naïve'], 'document')
    for (let i = 0; i < 14; i += 1) {
      fresh.documentLength(Array.from({ length: 10_000 }, (_, j) => `w${i}x${j}`).join(' '))
    }
    expect(await fresh.encode(['Remembering universities naïve'], 'document')).toEqual(before)
  })
})

describe('BM25 options', () => {
  it('take an own stemmer as a function or as an object, after the filters, an empty stem dropping the word', async () => {
    const seen: string[] = []
    const stem = (word: string): string => {
      seen.push(word)
      return word === 'gone' ? '' : word.slice(0, 3)
    }
    expect(await termsOf('The House gone', { stemmer: stem })).toEqual(['hou'])
    expect(seen).toEqual(['house', 'gone'])
    expect(await termsOf('The House gone', { stemmer: { stemWord: stem } })).toEqual(['hou'])
  })

  it('report an own stemmer that gives no string as INVALID_STEM and encode the next text all the same', async () => {
    const stem = ((word: string) => (word === 'bad' ? undefined : word)) as (word: string) => string
    const encoder = await open({ stemmer: stem })
    await expect(encoder.encode(['good bad'], 'document')).rejects.toMatchObject({ code: 'INVALID_STEM' })
    expect(encoder.explain('good good', 'document')).toMatchObject([{ term: 'good', count: 2 }])
  })

  it('take own stopwords in any case, and none for an empty list', async () => {
    expect(await termsOf('The cat sat', { stopwords: ['CAT'] })).toEqual(['the', 'sat'])
    expect(await termsOf('The cat', { stopwords: new Set<string>() })).toEqual(['the', 'cat'])
  })

  it('compose decomposed accents when told to', async () => {
    expect(await termsOf('cafe\u0301s', { stopwords: [] })).toEqual(['cafe', 's'])
    expect(await termsOf('cafe\u0301s', { stopwords: [], normalize: 'nfc' })).toEqual(['café'])
  })

  it('fold accents of text and stopwords when told to', async () => {
    expect(await termsOf('Für Naïve', { stopwords: ['für'], asciiFolding: true, disableStemmer: true })).toEqual([
      'naive',
    ])
  })

  it('cut Chinese by a dictionary when told to', async () => {
    expect(await termsOf('今天是星期一', {})).toEqual(['今天是星期一'])
    expect(await termsOf('今天是星期一', { segmenter: 'intl' })).toContain('星期一')
  })

  it.each(['chinese', 'japanese', 'thai'])(
    'cut %s into neighbouring characters, without stemmer and stopwords',
    async (language) => {
      expect(await termsOf('the 星期一 running', { language })).toEqual(['the', '星期', '期一', 'running'])
    },
  )

  it.each<[string, object, string]>([
    ['an unknown option', { langauge: 'german' }, 'UNKNOWN_OPTION'],
    ['an option of the other dialect', { tokenizer: 'word' }, 'UNKNOWN_OPTION'],
    [
      'a stemmer together with disableStemmer',
      { disableStemmer: true, stemmer: (word: string) => word },
      'INVALID_OPTION',
    ],
    ['a stemmer that is none', { stemmer: 'english' }, 'INVALID_OPTION'],
    ['a negative k', { k: -1 }, 'INVALID_OPTION'],
    ['a b above 1', { b: 1.5 }, 'INVALID_OPTION'],
    ['an avgLen of 0', { avgLen: 0 }, 'INVALID_OPTION'],
    ['a fractional tokenMaxLength', { tokenMaxLength: 1.5 }, 'INVALID_OPTION'],
    ['a string of stopwords', { stopwords: 'the' }, 'INVALID_OPTION'],
    ['an unknown order', { order: 'random' }, 'INVALID_OPTION'],
    ['an unknown normalization', { normalize: 'nfkc' }, 'INVALID_OPTION'],
    ['an unknown dialect', { dialect: 'lucene' }, 'INVALID_OPTION'],
    ['a language without a stemmer', { language: 'polish' }, 'UNKNOWN_LANGUAGE'],
    ['a language without a list', { language: 'polish', stemmer: (word: string) => word }, 'MODEL_FILE_MISSING'],
    ['the prefix tokenizer', { dialect: 'qdrant', tokenizer: 'prefix' }, 'UNSUPPORTED_TOKENIZER'],
    ['the multilingual tokenizer', { dialect: 'qdrant', tokenizer: 'multilingual' }, 'UNSUPPORTED_TOKENIZER'],
    ['stopwords that only the server has', { dialect: 'qdrant', language: 'catalan' }, 'UNKNOWN_LANGUAGE'],
  ])('refuse %s', async (_, options, code) => {
    await expect(open(options as Bm25Options)).rejects.toMatchObject({ code })
  })

  it('need stopwordsFolder only where a list is read', async () => {
    await expect(Bm25Encoder.create()).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    for (const options of [{ stopwords: [] }, { disableStemmer: true, language: 'polish' }, { language: 'tamil' }]) {
      await expect(Bm25Encoder.create(options)).resolves.toBeInstanceOf(Bm25Encoder)
    }
  })
})

describe("the server's dialect", () => {
  it('has no stopwords and no stemmer for a language that it does not know', async () => {
    expect(await termsOf('The Cats', { dialect: 'qdrant', language: 'none' })).toEqual(['the', 'cats'])
  })

  it('takes the codes of languages', async () => {
    expect(await termsOf('Die Katzen', { dialect: 'qdrant', language: 'de' })).toEqual(['katz'])
  })

  it('keeps an empty stem as the term with id 0', async () => {
    const encoder = await open({ dialect: 'qdrant', language: 'turkish' })
    expect(encoder.explain('leri x', 'document').map(({ term, index }) => [term, index])).toContainEqual(['', 0])
  })

  it('stems Tamil without stopwords', async () => {
    const stemmer = { type: 'snowball', language: 'tamil' } as const
    expect(await termsOf('the ஒரு', { dialect: 'qdrant', stopwords: {}, stemmer })).toEqual(['the', 'ஒரு'])
  })
})

describe('Bm25Encoder.open', () => {
  it('finds the model by its name in any case, with its stopwords', async () => {
    const encoder = await Bm25Encoder.open({ model: 'qdrant/BM25', language: 'german' })
    expect(encoder.explain('Die Katzen', 'query').map(({ term }) => term)).toEqual(['katz'])
  })

  it('refuses a model of another kind', async () => {
    const model = 'sentence-transformers/all-MiniLM-L6-v2'
    await expect(Bm25Encoder.open({ model })).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
  })
})
