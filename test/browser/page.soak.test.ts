import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ingestSources } from '../../src/product/ingest-sources.js'
import { InferenceServer } from '../../src/serve/inference-server.js'
import { CHROMIUM, findBarriers, type OpenedBrowser, openBrowser, takePicture } from './chromium.js'

const QUESTION = 'Which disease attacks cartilage of the ear?'
const ASKED = `/?q=${encodeURIComponent(QUESTION)}`
const TOKEN = 'a-token-of-more-than-32-characters-for-tests'
/** What a page in a README may weigh. */
const MAX_PICTURE_BYTES = 200_000
const DESKTOP = { width: 1180, height: 720 }
/** Longest that a search may take on a machine that does other things, too. */
const PATIENCE = { timeout: 30_000 }
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, PATIENCE)
const PHONE = { width: 360, height: 740 }

describe.skipIf(CHROMIUM === null)('the page of serve in a browser', () => {
  let folder: string
  let server: InferenceServer
  let guarded: InferenceServer
  let browser: OpenedBrowser
  let page: Page

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'offgrid-browser-'))
    const place = { store: join(folder, 'store'), workers: 2, precision: 'int8' as const }
    const lines = readFileSync('bench/sample/medical-qa.jsonl', 'utf8').trim().split('\n').slice(0, 40)
    const records = lines.map((line) => JSON.parse(line) as Record<string, string>)
    const documents = records.map(({ qa_id: id, passage_text: text, question, specialty }, i) => ({
      ...{ id: id!, text: text! },
      payload: { title: question, specialty, year: 1990 + ((i * 7) % 30) },
    }))
    await ingestSources(documents, { ...place, collection: 'questions' })
    const chunking = { maxTokens: 48, model: 'sentence-transformers/all-MiniLM-L6-v2' }
    await ingestSources(documents, { ...place, collection: 'parts', vectors: ['bm25'], chunking })
    const options = { port: 0, workers: 1, preload: [], store: place.store, precision: 'int8' as const }
    server = await InferenceServer.listen(options)
    guarded = await InferenceServer.listen({ ...options, token: TOKEN })
    browser = await openBrowser({ viewport: DESKTOP, baseURL: server.url, colorScheme: 'light' })
    page = await browser.context.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await guarded?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const hits = () => page.locator('#hits > li')
  const status = () => page.locator('#search-status')
  const titles = () => page.locator('#hits h3').allTextContents()
  const width = () => page.evaluate('document.documentElement.scrollWidth') as Promise<number>
  /** A search is over when what was found in the passages is marked. */
  const searched = () => page.locator('#hits[data-done]').waitFor({ state: 'attached' })

  test('a question typed and entered finds passages, with what was found in them and how they came there', async () => {
    await page.goto('/')
    await page.locator('#query').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type(QUESTION)
    await page.keyboard.press('Enter')
    await searched()
    expect(await status().textContent()).toMatch(/^10 hits in \d+ ms$/)
    expect(await hits().count()).toBe(10)
    expect((await titles()).slice(0, 3)).toContain('What is relapsing polychondritis?')
    const found = hits().filter({ hasText: 'What is relapsing polychondritis?' })
    expect(await found.locator('mark').allTextContents()).toContain('cartilage')
    expect(await found.locator('.badge').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^BM25 \d+$/), expect.stringMatching(/^Late \d+$/)]),
    )
    expect(await page.locator('#moves .move').count()).toBe(10)
    expect(await page.locator('#moves .node.result text').allTextContents()).toEqual(
      Array.from({ length: 10 }, (_, i) => String(i + 1)),
    )
  })

  test('a word of the question that is pointed at lights the words that it met, and a hit lights its way through the lists', async () => {
    await page.locator('.asked', { hasText: 'cartilage' }).hover()
    const lit = await page.locator('#hits .lit').allTextContents()
    expect(lit.map((word) => word.toLowerCase())).toContain('cartilage')
    await page.locator('.asked', { hasText: 'ear' }).focus()
    expect(await page.locator('.asked[aria-pressed="true"]').allTextContents()).toEqual(['ear'])
    await hits().nth(1).hover()
    expect(await page.locator('#moves .move.lit').getAttribute('data-hit')).toBe('1')
  })

  test('a filter narrows the search, and the address brings question, filter and settings to somebody else', async () => {
    await page.locator('#filters label', { hasText: 'ENT' }).click()
    await eventually(() => status().textContent()).toMatch(/with these filters$/)
    await searched()
    expect(new Set(await page.locator('#hits .tag', { hasText: 'specialty' }).allTextContents())).toEqual(
      new Set(['specialty ENT']),
    )
    await page.locator('#view-search .how summary').click()
    await page.locator('#fusion').selectOption('rrf')
    await eventually(() => page.url()).toContain('fusion=rrf')
    await searched()
    await page.locator('#bm25-weight').selectOption('4')
    await eventually(() => page.url()).toContain('weights=bm25%3D4')
    await searched()
    expect(await page.locator('#settings-summary').textContent()).toBe('Dense + BM25 × 4 + Late, fused by rank')
    const [address, before] = [page.url(), await titles()]
    const other = await browser.context.newPage()
    await other.goto(address)
    await other.locator('#hits[data-done]').waitFor({ state: 'attached' })
    expect(await other.locator('#hits h3').allTextContents()).toEqual(before)
    expect(await other.locator('#query').inputValue()).toBe(QUESTION)
    expect(await other.locator('#filters input:checked').count()).toBe(1)
    expect(await other.locator('#fusion').inputValue()).toBe('rrf')
    expect(await other.locator('#bm25-weight').inputValue()).toBe('4')
    await other.close()
    await page.goBack()
    await eventually(() => page.locator('#bm25-weight').inputValue()).toBe('1')
    await page.goBack()
    await eventually(() => page.locator('#fusion').inputValue()).toBe('dbsf')
  })

  test('a range of numbers is a filter, too, and what finds nothing says what to do', async () => {
    await page.goto(`${ASKED}&f.year=1990..1994`)
    await searched()
    const years = await page.locator('#hits .tag', { hasText: 'year' }).allTextContents()
    expect(years.length).toBeGreaterThan(0)
    for (const year of years) expect(Number(year.slice(5))).toBeLessThanOrEqual(1994)
    await page.goto(`${ASKED}&f.year=3000..`)
    await expect
      .poll(() => status().textContent())
      .toBe('Nothing was found with these filters. Try other words, or fewer filters.')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await searched()
    expect(await hits().count()).toBe(10)
  })

  test('filters of an address hold although the store does not offer them, are shown, and can be cleared', async () => {
    for (const [filter, label] of [
      ['f.specialty=Alchemy', 'Alchemy'],
      ['f.nosuch=c', 'c'],
      ['f.nosuch=1..5', '1..5'],
      ['f.year=long+ago', 'long ago'],
    ] as const) {
      await page.goto(`${ASKED}&${filter}`)
      await eventually(() => status().textContent()).toMatch(/^Nothing was found with these filters/)
      expect(await page.locator('#filters label', { has: page.locator(':checked') }).allTextContents()).toEqual([
        `${label}not listed`,
      ])
      expect(page.url()).toContain(filter)
      await page.locator('#filters input:checked').uncheck()
      await searched()
      expect(await hits().count(), filter).toBe(10)
      expect(page.url()).not.toContain(filter)
    }
    await page.goto(`${ASKED}&f.specialty=Alchemy&f.specialty=ENT`)
    await searched()
    expect(new Set(await page.locator('#hits .tag', { hasText: 'specialty' }).allTextContents())).toEqual(
      new Set(['specialty ENT']),
    )
    expect(await page.locator('#filters input:checked').count()).toBe(2)
    expect(await findBarriers(page)).toEqual([])
  })

  test('a collection of an address that is not there is told, and no other is searched in its place', async () => {
    await page.goto(`${ASKED}&in=nosuch`)
    const told = 'There is no collection "nosuch" to be searched here. Choose one that is there, under "Collection".'
    await eventually(() => status().textContent()).toBe(told)
    expect(await hits().count()).toBe(0)
    expect(await page.locator('#collection').inputValue()).toBe('nosuch')
    expect(await findBarriers(page)).toEqual([])
    await page.locator('#collection').selectOption('questions')
    await searched()
    expect(await hits().count()).toBe(10)
    await page.goBack()
    await eventually(() => status().textContent()).toBe(told)
    await page.goto(`/?view=compare&q=${encodeURIComponent(QUESTION)}&a.in=questions&b.in=nosuch`)
    await eventually(() => page.locator('#compare-status').textContent()).toBe(told)
    expect(await page.locator('.compared li').count()).toBe(0)
  })

  test('a question that is too long for an address is kept in the tab, and found again after a reload and a step back', async () => {
    const long = '软骨是一种组织。'.repeat(250)
    const told = /^\d+ hits? in \d+ ms \(the question is too long to be in the address\)$/
    await page.goto(ASKED)
    await searched()
    await page.locator('#query').fill(long)
    await page.keyboard.press('Enter')
    await eventually(() => status().textContent()).toMatch(told)
    const address = new URL(page.url())
    expect([address.searchParams.get('q'), address.searchParams.get('in')]).toEqual([null, 'questions'])
    await page.reload()
    await eventually(() => status().textContent()).toMatch(told)
    expect(await page.locator('#query').inputValue()).toBe(long)
    await page.goBack()
    await eventually(() => page.locator('#query').inputValue()).toBe(QUESTION)
    await eventually(() => status().textContent()).toMatch(/^10 hits in \d+ ms$/)
    await page.goForward()
    await eventually(() => page.locator('#query').inputValue()).toBe(long)
    await eventually(() => status().textContent()).toMatch(told)
    await page.getByRole('link', { name: 'Compare' }).click()
    const compared = page.locator('#compare-status')
    await eventually(() => compared.textContent()).toContain('The question is too long to be in the address.')
    expect(await page.locator('#compare-query').inputValue()).toBe(long)
    expect(page.url().endsWith('/?view=compare')).toBe(true)
  })

  test('a part of a document says which it is, and shows what stands around it', async () => {
    await page.goto('/?q=cartilage&in=parts')
    await eventually(() => hits().count()).toBeGreaterThan(0)
    const first = hits().first()
    expect(await first.locator('.actions').textContent()).toMatch(/Part \d+ of \d+/)
    await first.getByRole('button', { name: 'What stands around it' }).click()
    const whole = first.locator('.whole p')
    await whole.waitFor()
    const [around, own] = [await whole.textContent(), await whole.locator('.own').textContent()]
    expect(around).toContain(own)
    expect(around!.length).toBeGreaterThan(own!.length)
  })

  test('two searches of one question stand side by side, joined where both found the same', async () => {
    await page.goto(`/?view=compare&q=${encodeURIComponent(QUESTION)}&a.in=questions&b.in=questions&b.lists=bm25`)
    await eventually(() => page.locator('#compare-status').textContent()).toMatch(/^\d+ of 10 hits are in both/)
    expect(await page.locator('.compared h2').allTextContents()).toEqual([
      'A Dense + BM25 + Late, fused by score',
      'B BM25',
    ])
    expect(await page.locator('#compare-summary').textContent()).toBe('Dense + BM25 + Late, fused by score and BM25')
    const shared = await page.locator('[data-column="A"] li:not(.alone)').count()
    expect(shared).toBeGreaterThan(0)
    await eventually(() => page.locator('.joins path').count()).toBe(shared)
    expect(await width()).toBeLessThanOrEqual(DESKTOP.width)
    expect(await findBarriers(page)).toEqual([])
    expect(await takePicture(page, 'page-compare')).toBeLessThan(MAX_PICTURE_BYTES)
  })

  test('the load of the service is shown as it is, and the vector of a text as a picture', async () => {
    await page.goto('/?view=load')
    const memory = page.locator('.tile', { hasText: 'Memory' }).locator('.figure')
    await eventually(() => memory.textContent()).toMatch(/^[\d,]+ MB$/)
    expect(await page.locator('#load-routes').textContent()).toContain('POST /search')
    expect(await findBarriers(page)).toEqual([])
    await page.getByRole('link', { name: 'Vectors' }).click()
    await page.getByRole('button', { name: 'Embed' }).click()
    await page.locator('canvas').waitFor()
    expect(await page.locator('#vector-status').textContent()).toMatch(/^A dense vector, 384 numbers, of \d+ tokens$/)
    expect(await findBarriers(page)).toEqual([])
  })

  test.each(['light', 'dark'] as const)(
    'nobody is kept out of the %s page: axe finds no barrier',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme })
      await page.goto(ASKED)
      await searched()
      await page.locator('#view-search .how summary').click()
      await page.getByText('All fields').first().click()
      expect(await findBarriers(page)).toEqual([])
      const paper = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string
      const [red = 0] = paper.match(/\d+/g)!.map(Number)
      expect(red > 128).toBe(colorScheme === 'light')
      await page.locator('#view-search .how summary').click()
      await page.getByText('All fields').first().click()
      expect(await takePicture(page, `page-${colorScheme}`)).toBeLessThan(MAX_PICTURE_BYTES)
    },
  )

  test('everything is reached by the keyboard alone, each with a visible focus', async () => {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(ASKED)
    await searched()
    const reached = new Set<string>()
    await page.locator('body').press('Tab')
    for (let i = 0; i < 60; i++) {
      const { name, hasOutline } = (await page.evaluate(`(() => {
        const at = document.activeElement === document.body ? null : document.activeElement
        if (at === null) return { name: '', hasOutline: false }
        const style = getComputedStyle(at)
        return { name: at.id || at.className || at.textContent, hasOutline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 }
      })()`)) as { name: string; hasOutline: boolean }
      if (name !== '' && reached.size > 0) expect(hasOutline, name).toBe(true)
      reached.add(name)
      await page.keyboard.press('Tab')
    }
    for (const id of ['tab-search', 'tab-compare', 'query', 'asked', 'quiet']) {
      expect(
        [...reached].some((name) => name.includes(id)),
        `${id} of ${[...reached]}`,
      ).toBe(true)
    }
  })

  test('on a phone of 360 pixels nothing has to be scrolled sideways, in any view', async () => {
    await page.setViewportSize(PHONE)
    for (const view of ['search', 'load', 'vectors', 'compare']) {
      await page.goto(`${ASKED}&view=${view}`)
      if (view === 'search') await searched()
      if (view === 'vectors') await page.locator('#model').waitFor()
      if (view === 'compare') await page.locator('.compared li').first().waitFor()
      expect(await width(), view).toBeLessThanOrEqual(PHONE.width)
    }
    await page.goto(ASKED)
    await searched()
    expect(await findBarriers(page)).toEqual([])
    expect(await takePicture(page, 'page-narrow')).toBeLessThan(MAX_PICTURE_BYTES)
    await page.setViewportSize(DESKTOP)
  })

  test('a wrong token is told in words, the right one opens the page and stays in the tab alone', async () => {
    await page.goto(guarded.url + ASKED)
    await page.locator('#token').waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('token')
    expect(await page.locator('#token-panel').textContent()).toContain('offgrid serve --token-env')
    expect(await findBarriers(page)).toEqual([])
    await page.keyboard.type('wrong')
    await page.keyboard.press('Enter')
    await eventually(() => page.locator('#token-error').textContent()).toContain('not the right one')
    await page.locator('#token').fill(` ${TOKEN}\t`)
    await page.getByRole('button', { name: 'Open' }).click()
    await searched()
    expect(page.url()).not.toContain(TOKEN)
    expect(await page.evaluate('JSON.stringify({ ...localStorage }) + document.cookie')).toBe('{}')
  })

  test('an empty store says how it is filled: by its folder, or by the URL where the service writes to it', async () => {
    const store = join(folder, 'empty')
    const options = { port: 0, workers: 1, preload: [], store, precision: 'int8' as const }
    const own = await openBrowser({ viewport: DESKTOP })
    const there = await own.context.newPage()
    const command = there.locator('#make-store')
    try {
      await using reading = await InferenceServer.listen(options)
      await there.goto(reading.url)
      await command.waitFor()
      expect(await command.textContent()).toBe(`offgrid ingest documents.jsonl --store ${store}`)
      await using writing = await InferenceServer.listen({ ...options, qdrantPort: 0 })
      await there.goto(writing.url)
      await command.waitFor()
      expect(await command.textContent()).toBe(`offgrid ingest documents.jsonl --url ${writing.qdrantUrl}`)
      expect(await there.locator('#key-note').isVisible()).toBe(false)
      await using kept = await InferenceServer.listen({ ...options, store: `${store}-2`, qdrantPort: 0, token: TOKEN })
      await there.goto(kept.url)
      await there.locator('#token').fill(TOKEN)
      await there.getByRole('button', { name: 'Open' }).click()
      await there.locator('#key-note').waitFor()
      expect(await there.locator('#no-store').textContent()).toContain('QDRANT_API_KEY')
    } finally {
      await own.close()
    }
  })

  test('nothing was asked of anybody but the service, and the console stayed empty but for refused tokens', () => {
    const hosts = new Set(browser.asked.filter((url) => !url.startsWith('data:')).map((url) => new URL(url).origin))
    expect([...hosts].sort()).toEqual([server.url, guarded.url].sort())
    expect(browser.complaints.filter((text) => !/status of 401/.test(text))).toEqual([])
  })
})
