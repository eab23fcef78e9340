import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadStemmer, STEMMER_LANGUAGES } from '../../src/tokenizers/words/stemmer.js'

const FIXTURES = new URL('../../../shared/fixtures/', import.meta.url)

// The word lists are CC BY-SA and stay out of the project.
describe.skipIf(!existsSync(FIXTURES))(
  'stemmers against rust-stemmers 1.2 (skipped without ../shared/fixtures)',
  () => {
    it.each(STEMMER_LANGUAGES)('stems some thousand %s words the same', async (language) => {
      const file = new URL(`stems_${language}.json`, FIXTURES)
      const { stems } = JSON.parse(readFileSync(file, 'utf8')) as { stems: Record<string, string> }
      const stem = await loadStemmer(language)
      const own = Object.keys(stems).map((word) => [word, stem(word)])
      expect(own.length).toBeGreaterThan(1000)
      expect(Object.fromEntries(own)).toEqual(stems)
    })
  },
)
