import { expect, test } from 'vitest'
import { describeHits, type HitView } from '../../../src/cli/search/describe-hits.js'
import { widthOf, wrapLine } from '../../../src/cli/shared/fit-width.js'
import { plainText, printableParts, written } from '../../../src/cli/shared/styled.js'
import { openWordMatcher } from '../../../src/pipeline/search/matched-words.js'
import type { RankedHit } from '../../../src/pipeline/search/search-options.js'

const RANKS = { dense: 3, bm25: 1, fused: 1, late: null }

function hit(payload: RankedHit['payload'], score = 0.5, documentId: string | number = 'knee-7'): RankedHit {
  return { id: 7, documentId, score, payload, ranks: RANKS }
}

async function shown(query: string, hits: readonly RankedHit[], view: Partial<HitView> = {}) {
  const match = (await openWordMatcher({ sparse: 'Qdrant/bm25' }))!(query)
  const lines = describeHits(hits, { columns: null, match, isExplained: false, ...view })
  const matched = lines
    .flatMap(printableParts)
    .flatMap((part) => (typeof part === 'object' && part.as === 'match' ? [part.text] : []))
  return { lines, texts: lines.map(plainText), matched }
}

test('a hit is its title, its document and part, and the passage without the title', async () => {
  const payload = { title: 'The knee', document: 'The knee It is a joint.', chunk: 2, chunks: 8 }
  const { texts } = await shown('joints', [hit(payload)])
  expect(texts).toEqual(['1. The knee', '   knee-7, part 3 of 8, score 0.5000', '   It is a joint.'])
})

test('without a title it begins with the first sentence, which is not said twice', async () => {
  const payload = { document: 'Cartilage covers the ends of bones. It wears off.' }
  const { texts } = await shown('wear', [hit(payload), hit({ document: 'One sentence alone, of some length.' })])
  expect(texts).toEqual([
    '1. Cartilage covers the ends of bones.',
    '   knee-7, score 0.5000',
    '   It wears off.',
    '',
    '2. One sentence alone, of some length.',
    '   knee-7, score 0.5000',
  ])
})

test('the words that matched by their stem stand out, in heading and passage, and no others', async () => {
  const payload = { document: 'Attacks on cartilages are the sign of it. The joint swells; a joining is not meant.' }
  const { matched } = await shown('what attacks the cartilage of joints?', [hit(payload)])
  expect(matched).toEqual(['Attacks', 'cartilages', 'joint'])
})

test('of a long text the part with the matching words is shown, with dots where something is left out', async () => {
  const filler = 'Nothing of interest stands in this sentence here. '
  const payload = { title: 'Long', document: `Long ${filler.repeat(30)}The cartilage swells. ${filler.repeat(30)}` }
  const { texts, matched } = await shown('swelling cartilage', [hit(payload)])
  expect(matched).toEqual(['cartilage', 'swells'])
  expect(texts[2]).toMatch(/^ {3}… .*The cartilage swells\..*…$/)
  expect(texts[2]!.length).toBeLessThan(320)
})

test('a hit without a text is shown, too, and where there is none that is said', async () => {
  expect((await shown('x', [hit({ other: 1 }), hit(null)])).texts).toContain('2. (no text)')
  expect((await shown('x', [])).texts).toEqual(['no hits'])
})

test.each([80, 120])(
  'with --explain no line is longer than %i columns; the best score has the longest bar',
  async (columns) => {
    const hits = [1.5, 0.3, -0.3].map((score, i) =>
      hit({ document: 'Some text. '.repeat(90) }, score, `${i}`.repeat(60)),
    )
    const { lines, texts } = await shown('text', hits, { columns, isExplained: true })
    expect(texts[0]).toMatch(/^# {2}document +score +dense +bm25 +fused +late$/)
    expect(texts[1]).toMatch(/ 1\.5000 +3 +1 +1 +- {2}█{4,20}$/)
    const cells = texts.slice(1, 4).map((line) => line.match(/█/g)?.length ?? 0)
    expect(cells[0]).toBeGreaterThan(cells[1]!)
    expect(cells[2]).toBe(0)
    for (const line of texts.slice(0, 4)) expect(widthOf(line)).toBeLessThanOrEqual(columns)
    const passage = lines.at(-1)!
    expect(wrapLine(passage, columns).length).toBeLessThanOrEqual(5)
  },
)

test('what a document says is text: it cannot begin a colour of its own', async () => {
  const { lines } = await shown('x', [hit({ title: '\x1b[31mred', document: 'a\x1b]52;c;AAAA\x07b' })])
  const output = lines.map((line) => written(line, true)).join('\n')
  expect(output).toContain('\\x1b[31mred')
  for (const sequence of ['\x1b[31m', '\x1b]', '\x07']) expect(output).not.toContain(sequence)
})
