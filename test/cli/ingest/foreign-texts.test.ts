import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ForeignTexts } from '../../../src/cli/ingest/foreign-texts.js'
import type { InputRecord } from '../../../src/inputs/input-record.js'
import { planCollection } from '../../../src/pipeline/collection/collection-plan.js'

const ALL = { sparse: 'Qdrant/bm25', late: 'offgrid/all-MiniLM-L6-v2-late', poolFactor: 4 }

const SPANISH =
  'Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros. Toda persona tiene los derechos y libertades proclamados en esta Declaración, sin distinción alguna de raza, color, sexo, idioma, religión, opinión política o de cualquier otra índole.'
const NORWEGIAN =
  'Alle mennesker er født frie og med samme menneskeverd og menneskerettigheter. De er utstyrt med fornuft og samvittighet og bør handle mot hverandre i brorskapets ånd. Enhver har krav på alle de rettigheter og friheter som er nevnt i denne erklæring, uten forskjell av noen art, for eksempel på grunn av rase, farge, kjønn, språk, religion.'
const RUSSIAN =
  'Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства. Каждый человек должен обладать всеми правами и всеми свободами, провозглашенными настоящей Декларацией, без какого бы то ни было различия, как-то в отношении расы, цвета кожи, пола, языка, религии.'
const UKRAINIAN =
  'Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю. '
const JAPANESE = 'すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。'
const CHINESE = '人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。'
const NAMES = 'Hon. Renee Stackhouse Hon. Steven E. Stone Hon. Timothy B. Taylor Hon. John M. Thompson Hon. Ana Luna. '
const CODE =
  'for (let i = 0; i < n; i++) { if (seen.has(i)) return null; const en = list.at(i) } import sys; def en(de): '

type Spec = Parameters<typeof planCollection>[0]

async function told(texts: readonly string[], spec: Spec = ALL, isFactorSaid = false): Promise<string[]> {
  async function* records(): AsyncGenerator<InputRecord[]> {
    for (const text of texts)
      yield [{ kind: 'document', document: { id: 1, text, payload: {} }, place: { file: 'a.jsonl' } }]
  }
  const lines: string[] = []
  const watched = new ForeignTexts(await planCollection(spec), isFactorSaid).watch(records(), (line) =>
    lines.push(line),
  )
  let count = 0
  for await (const batch of watched) count += batch.length
  expect(count).toBe(texts.length)
  return lines
}

test.each([
  ['Spanish', SPANISH, 'look Spanish: BM25 takes them for English, and late vectors', '--language spanish '],
  ['Norwegian', NORWEGIAN, 'look Danish or Norwegian', '--language danish or norwegian '],
  ['Russian', RUSSIAN, 'look Russian', '--language russian '],
  [
    'Ukrainian, of which there are no stop words,',
    UKRAINIAN.repeat(5),
    'mostly in Cyrillic letters: late',
    '--pool-factor 1 ',
  ],
  ['Japanese', JAPANESE, 'look Japanese: BM25 does not cut them into words', '--language japanese '],
  ['Chinese', CHINESE, 'look Chinese: BM25 does not cut them into words', '--language chinese '],
])('%s is told with what to do', async (_, text, look, advice) => {
  const lines = await told([text])
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain(look)
  expect(lines[0]).toContain(advice)
})

test('English, code, lists of names and a few words are not told', async () => {
  const lines = readFileSync(new URL('../../../bench/sample/medical-qa.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const english = lines.map((line) => (JSON.parse(line) as { passage_text: string }).passage_text)
  for (const texts of [english, [CODE.repeat(20)], [NAMES.repeat(20)], ['la casa de los niños'], []]) {
    expect(await told(texts)).toEqual([])
  }
})

test('once in a run, also if all of it is in another language', async () => {
  expect(await told(Array<string>(700).fill(SPANISH))).toHaveLength(1)
})

test('only what the collection would lose by, and nothing where the language was said', async () => {
  const bm25 = { sparse: 'Qdrant/bm25' }
  expect((await told([SPANISH], bm25))[0]).not.toContain('late')
  expect((await told([SPANISH], ALL, true))[0]).not.toContain('late')
  const { sparse: _, ...late } = ALL
  expect((await told([SPANISH], late))[0]).toContain('--pool-factor 1')
  for (const spec of [{ ...ALL, bm25: { language: 'spanish' } }, { dense: 'all-MiniLM-L6-v2' }])
    expect(await told([SPANISH], spec)).toEqual([])
  expect(await told([CHINESE], { ...bm25, bm25: { segmenter: 'ngrams' } })).toEqual([])
  expect(await told([UKRAINIAN.repeat(5)], bm25)).toEqual([])
})
