import {
  ask,
  type CollectionDetails,
  type Found,
  type Hit,
  type Matched,
  type Matches,
  type ServiceState,
} from './api.js'
import { byId, countOf, element } from './dom.js'
import { Filters } from './filters.js'
import { keyOf, metWords } from './highlight.js'
import { HitCard } from './hit-card.js'
import { drawMoves } from './moves.js'
import { keptQuestion, writeAddress } from './question.js'
import { SettingsPanel, searchBody, writeSettings } from './settings.js'

/** Characters of a passage in which it is looked for what was found. */
const MARKED_LENGTH = 20_000

/** The first view: a question, its hits, and how they came about. */
export class SearchView {
  readonly #form = byId<HTMLFormElement>('search-form')
  readonly #query = byId<HTMLInputElement>('query')
  readonly #status = byId('search-status')
  readonly #words = byId('question-words')
  readonly #hits = byId('hits')
  readonly #moves = byId('moves')
  readonly #filters = new Filters(byId('filters'), () => void this.#submit())
  #panel: SettingsPanel | null = null
  #described = ''
  #underWay = new AbortController()

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#submit()
    })
    byId('settings').addEventListener('change', () => {
      this.#summarize()
      if (this.#query.value.trim() === '') this.#clear()
      void this.#describe().then(() => this.#submit())
    })
    const point = (event: Event, isOn: boolean) => {
      const found = (event.target as Element).closest?.('[data-hit]')
      if (found) this.#lightHit(found.getAttribute('data-hit')!, isOn)
    }
    for (const root of [this.#hits, this.#moves]) {
      root.addEventListener('pointerover', (event) => point(event, true))
      root.addEventListener('pointerout', (event) => point(event, false))
      root.addEventListener('focusin', (event) => point(event, true))
      root.addEventListener('focusout', (event) => point(event, false))
    }
    this.#hits.addEventListener('pointerover', (event) => {
      const met = (event.target as Element).closest?.('[data-met]')?.getAttribute('data-met')
      this.#lightWords(met?.split(' ') ?? [])
    })
  }

  /** Takes what the service has. */
  offer({ collections }: ServiceState): void {
    this.#panel = new SettingsPanel('', collections)
    byId('settings').replaceChildren(this.#panel.root)
    this.#summarize()
  }

  /** Shows what an address asks for. */
  async open(params: URLSearchParams): Promise<void> {
    if (this.#panel === null) return
    this.#panel.read(params)
    this.#filters.read(params)
    this.#query.value = params.get('q') ?? ''
    this.#summarize()
    this.#described = ''
    await this.#describe()
    if (this.#query.value === '' && this.#panel.missing === '') this.#clear()
    else await this.#search()
  }

  #summarize(): void {
    byId('settings-summary').textContent = this.#panel?.summary ?? ''
  }

  /** Filters of the chosen collection. */
  async #describe(): Promise<void> {
    const { collection } = this.#panel!.settings
    if (collection === this.#described) return
    this.#described = collection
    if (this.#panel!.missing !== '') {
      this.#filters.root.hidden = true
      return
    }
    try {
      this.#filters.show(await ask<CollectionDetails>('/playground/collection', { collection }))
    } catch (error) {
      this.#fail(error)
    }
  }

  async #submit(): Promise<void> {
    if (this.#panel === null || this.#query.value.trim() === '') return
    const params = new URLSearchParams({ q: this.#query.value })
    writeSettings(this.#panel.settings, this.#panel.offered, params)
    this.#filters.write(params)
    writeAddress(params)
    await this.#search()
  }

  async #search(): Promise<void> {
    this.#underWay.abort()
    this.#underWay = new AbortController()
    if (this.#panel!.missing !== '') {
      byId<HTMLDetailsElement>('search-how').open = true
      this.#hits.ariaBusy = 'false'
      this.#fail(new Error(this.#panel!.missing))
      return
    }
    const { signal } = this.#underWay
    const query = this.#query.value.trim()
    const { settings } = this.#panel!
    document.title = `${query} · offgrid`
    this.#status.className = ''
    this.#status.textContent = 'Searching …'
    delete this.#hits.dataset.done
    this.#hits.ariaBusy = 'true'
    try {
      const { hits, milliseconds } = await ask<Found>(
        '/search',
        searchBody(query, settings, this.#filters.filter),
        signal,
      )
      this.#show(query, settings.collection, hits, settings.rerank)
      const filtered = this.#filters.filter === undefined ? '' : ' with these filters'
      this.#status.textContent =
        hits.length === 0
          ? `Nothing was found${filtered}. Try other words, or fewer filters.`
          : `${countOf(hits.length, 'hit')} in ${Math.max(1, Math.round(milliseconds))} ms${filtered}`
      if (keptQuestion() !== null) this.#status.append(' (the question is too long to be in the address)')
    } catch (error) {
      if (!signal.aborted) this.#fail(error)
    } finally {
      if (!signal.aborted) this.#hits.ariaBusy = 'false'
    }
  }

  #show(query: string, collection: string, hits: readonly Hit[], rerank: boolean): void {
    const best = hits[0]?.score ?? 0
    const cards = hits.map((hit, i) => new HitCard(hit, i + 1, query, collection, best))
    this.#hits.replaceChildren(...cards.map(({ root }) => root))
    this.#words.replaceChildren()
    byId('moves-box').hidden = hits.length === 0
    this.#moves.replaceChildren(...(hits.length > 0 ? [drawMoves(hits, rerank)] : []))
    void this.#mark(query, collection, cards, this.#underWay.signal)
  }

  /** What was found in each passage comes after the hits: nobody waits for it. */
  async #mark(query: string, collection: string, cards: readonly HitCard[], signal: AbortSignal): Promise<void> {
    const texts = cards.map(({ text }) => text.slice(0, MARKED_LENGTH))
    try {
      const { matches, counted } = await ask<Matched>('/playground/matches', { query, texts, collection }, signal)
      const keys = new Set(counted.map(keyOf))
      for (const [i, card] of cards.entries()) card.mark(matches[i]!, keys)
      this.#showWords(query, matches)
    } catch {
      // the hits stand without their marks
    }
    if (!signal.aborted) this.#hits.dataset.done = 'yes'
  }

  /** The question, word by word: each can be pointed at, to see what it met in every passage. */
  #showWords(query: string, matches: readonly Matches[]): void {
    const places = metWords(matches)
    const words = places.map((place) =>
      element('button', {
        ...{ type: 'button', class: 'asked', textContent: query.slice(...place), 'aria-pressed': 'false' },
        'data-asked': keyOf(place),
        onpointerenter: () => this.#lightWords([keyOf(place)]),
        onpointerleave: () => this.#lightWords([]),
        onfocus: () => this.#lightWords([keyOf(place)]),
        onblur: () => this.#lightWords([]),
      }),
    )
    const late = [
      element('span', { class: 'asked-example', textContent: 'Underlined' }),
      ': near in meaning to a word of it (late interaction). Point at a word to see what it met:',
    ]
    this.#words.replaceChildren(
      element(
        'p',
        { class: 'legend soft small' },
        element('mark', { class: 'word', textContent: 'Highlighted' }),
        ': the word, or another form of it, is in the question (BM25). ',
        ...(words.length > 0 ? late : []),
      ),
      element('p', { class: 'asked-row', hidden: words.length === 0 }, ...words),
    )
  }

  #lightWords(keys: readonly string[]): void {
    for (const each of document.querySelectorAll('[data-met]')) {
      const met = each.getAttribute('data-met')!.split(' ')
      each.classList.toggle(
        'lit',
        met.some((key) => keys.includes(key)),
      )
    }
    for (const each of document.querySelectorAll('[data-asked]')) {
      const isLit = keys.includes(each.getAttribute('data-asked')!)
      each.classList.toggle('lit', isLit)
      each.setAttribute('aria-pressed', String(isLit))
    }
  }

  #lightHit(place: string, isLit: boolean): void {
    for (const each of document.querySelectorAll(`[data-hit="${place}"]`)) each.classList.toggle('lit', isLit)
    this.#moves.classList.toggle('some-lit', isLit)
  }

  #clear(): void {
    document.title = 'offgrid'
    this.#status.textContent = ''
    this.#hits.replaceChildren()
    this.#words.replaceChildren()
    byId('moves-box').hidden = true
  }

  #fail(error: unknown): void {
    this.#clear()
    this.#status.className = 'error'
    this.#status.textContent = (error as Error).message
  }
}
