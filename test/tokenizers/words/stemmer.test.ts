import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { stemGreek } from '../../../src/tokenizers/words/greek-stemmer.js'
import { loadStemmer, STEMMER_LANGUAGES } from '../../../src/tokenizers/words/stemmer.js'

describe('loadStemmer', () => {
  it.each([
    ['english', 'generously', 'generous'],
    ['english', 'universities', 'univers'],
    ['german', 'katzen', 'katz'],
    ['russian', 'книги', 'книг'],
    ['turkish', 'leri', ''],
    ['greek', 'όταν', ''],
  ])('stems %s %s to "%s"', async (language, word, stem) => {
    expect((await loadStemmer(language))(word)).toBe(stem)
  })

  // py_rust_stemmers 0.1.8
  it.each([
    ['ère', 'èr'],
    ['işe', 'iş'],
    ['añe', 'añ'],
    ['èien', 'èi'],
    ['a𐐀en', 'a𐐀'],
  ])('begins the first region of the Dutch %s at a byte, as the original does', async (word, stem) => {
    expect((await loadStemmer('dutch'))(word)).toBe(stem)
  })

  it('stems 1,500 Dutch words of vowels and consonants of several bytes as the original does', async () => {
    const fixture = new URL('../../parity/fixtures/stems_dutch_bytes.json', import.meta.url)
    const stems = Object.entries(JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, string>)
    const stem = await loadStemmer('dutch')
    expect(stems.length).toBe(1500)
    expect(stems.filter(([word, expected]) => stem(word) !== expected)).toEqual([])
  })

  it('counts a letter outside the Basic Multilingual Plane as one, as the original does', async () => {
    expect((await loadStemmer('finnish'))('𝔸𝔸')).toBe('𝔸')
    expect((await loadStemmer('arabic'))('𛁣إنه')).not.toContain('\ue000')
  })

  it.each(STEMMER_LANGUAGES)('keeps %s words of private and astral characters readable', async (language) => {
    expect((await loadStemmer(language))('\ue000𝐀\ue001')).toBe('\ue000𝐀\ue001')
  })

  it('refuses a language without a stemmer and says what to do', async () => {
    await expect(loadStemmer('polish')).rejects.toMatchObject({
      name: 'InputError',
      code: 'UNKNOWN_LANGUAGE',
      message: expect.stringContaining('Pass a stemmer of your own'),
    })
  })
})

describe('stemGreek', () => {
  it.each([
    ['strips accents and final sigma even of the shortest words', 'ας', 'ασ'],
    ['restores the stem of a listed word', 'σκαγιου', 'σκα'],
    ['takes an ending off where no other step matched', 'δρομοσ', 'δρομ'],
    ['writes over what an earlier step left, as rust-stemmers does', 'αγαμειστα', 'αγαμεαγαμ'],
    ['takes αγαμε itself to αγαμ', 'αγαμε', 'αγαμ'],
    ['restores twice where rust-stemmers does', 'δαετε', 'δαεεττ'],
    ['restores a second time behind a listed pair', 'θοδετε', 'θοδετετ'],
    ['survives the word on which rust-stemmers panics', 'ισαισα', 'ισα'],
  ])('%s: %s → %s', (_, word, stem) => {
    expect(stemGreek(word)).toBe(stem)
  })
})
