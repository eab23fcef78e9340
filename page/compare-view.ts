import { ask, type CollectionDetails, type Found, type Hit, type ServiceState } from './api.js'
import { byId, countOf, drawn, element } from './dom.js'
import { textOf, titleOf } from './hit-card.js'
import { keptQuestion, writeAddress } from './question.js'
import { METHODS, SettingsPanel, searchBody, writeSettings } from './settings.js'

type Side = 'a' | 'b'
const SIDES: readonly Side[] = ['a', 'b']

/** The third view: one question, asked in two ways; what both found is joined by lines. */
export class CompareView {
  readonly #form = byId<HTMLFormElement>('compare-form')
  readonly #query = byId<HTMLInputElement>('compare-query')
  readonly #status = byId('compare-status')
  readonly #result = byId('compare-result')
  #panels: Readonly<Record<Side, SettingsPanel>> | null = null

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#submit()
    })
    byId('compare-how').addEventListener('change', () => this.#summarize())
    new ResizeObserver(() => this.#join()).observe(this.#result)
  }

  offer({ collections }: ServiceState): void {
    this.#panels = { a: new SettingsPanel('a-', collections), b: new SettingsPanel('b-', collections) }
    for (const side of SIDES) byId(`settings-${side}`).replaceChildren(this.#panels[side].root)
  }

  async open(params: URLSearchParams): Promise<void> {
    if (this.#panels === null) return
    for (const side of SIDES) this.#panels[side].read(params, `${side}.`)
    // two equal searches say nothing: the second begins as words alone
    if (!params.has('q') && this.#panels.b.offered.includes('bm25') && this.#panels.b.offered.length > 1) {
      this.#panels.b.read(new URLSearchParams({ lists: 'bm25' }))
    }
    this.#query.value = params.get('q') ?? ''
    byId<HTMLDetailsElement>('compare-how').open = this.#query.value === ''
    this.#summarize()
    this.#result.replaceChildren()
    this.#status.textContent = ''
    if (this.#query.value !== '' || this.#missing !== '') await this.#search()
  }

  get #missing(): string {
    return SIDES.map((side) => this.#panels![side].missing).find((text) => text !== '') ?? ''
  }

  #summarize(): void {
    const { a, b } = this.#panels!
    byId('compare-summary').textContent = `${a.summary} and ${b.summary}`
  }

  async #submit(): Promise<void> {
    if (this.#panels === null || this.#query.value.trim() === '') return
    const params = new URLSearchParams({ view: 'compare', q: this.#query.value })
    for (const side of SIDES) writeSettings(this.#panels[side].settings, this.#panels[side].offered, params, `${side}.`)
    writeAddress(params)
    await this.#search()
  }

  async #search(): Promise<void> {
    const query = this.#query.value.trim()
    this.#status.className = ''
    this.#status.textContent = 'Searching …'
    try {
      if (this.#missing !== '') {
        byId<HTMLDetailsElement>('compare-how').open = true
        throw new Error(this.#missing)
      }
      const [a, b] = await Promise.all(SIDES.map((side) => this.#ask(query, side)))
      this.#show(a!, b!)
      if (keptQuestion() !== null) this.#status.append(' The question is too long to be in the address.')
    } catch (error) {
      this.#result.replaceChildren()
      this.#status.className = 'error'
      this.#status.textContent = (error as Error).message
    }
  }

  async #ask(query: string, side: Side): Promise<Asked> {
    const panel = this.#panels![side]
    const { collection } = panel.settings
    const [found, { models }] = await Promise.all([
      ask<Found>('/search', searchBody(query, panel.settings)),
      ask<CollectionDetails>('/playground/collection', { collection }),
    ])
    const named = METHODS.flatMap((method) =>
      panel.settings.methods.includes(method) && models[method] !== undefined ? [lastPart(models[method])] : [],
    )
    return { ...found, heading: panel.summary, note: `${collection}: ${named.join(', ')}` }
  }

  #show(a: Asked, b: Asked): void {
    const idsOf = ({ hits }: Asked) => hits.map(({ documentId }) => String(documentId))
    const [idsA, idsB] = [idsOf(a), idsOf(b)]
    const shared = idsA.filter((id) => idsB.includes(id))
    const moved = shared.filter((id) => idsA.indexOf(id) !== idsB.indexOf(id))
    const isSame = shared.length === idsA.length && idsA.length === idsB.length && moved.length === 0
    this.#status.textContent = isSame
      ? `Both found the same ${countOf(idsA.length, 'hit')}, in the same order.`
      : `${shared.length} of ${countOf(Math.max(idsA.length, idsB.length), 'hit')} are in both; ${moved.length} of them at another place. ` +
        `First: ${idsA[0] === idsB[0] ? 'the same' : 'another'}. ${Math.round(a.milliseconds)} ms and ${Math.round(b.milliseconds)} ms.`
    this.#result.replaceChildren(
      column('A', a, idsB, 'B'),
      element('div', { class: 'joins', 'aria-hidden': 'true' }),
      column('B', b, idsA, 'A'),
    )
    this.#join()
  }

  /** Lines between the places of what both found; where the columns stand below each other the hits say it in words. */
  #join(): void {
    const box = this.#result.querySelector('.joins')
    if (box === null) return
    const { top, width, height } = box.getBoundingClientRect()
    const middles = (name: string) =>
      new Map(
        [...this.#result.querySelectorAll(`[data-column="${name}"] [data-id]`)].map((hit) => {
          const { top: hitTop, height: hitHeight } = hit.getBoundingClientRect()
          return [hit.getAttribute('data-id')!, hitTop - top + hitHeight / 2] as const
        }),
      )
    const [left, right] = [middles('A'), middles('B')]
    const lines = [...left].flatMap(([id, y]) => {
      const to = right.get(id)
      if (to === undefined) return []
      const path = `M0,${y} C${width / 2},${y} ${width / 2},${to} ${width},${to}`
      return [drawn('path', { d: path, class: to < y - 1 ? 'up' : to > y + 1 ? 'down' : 'same' })]
    })
    box.replaceChildren(drawn('svg', { width, height, viewBox: `0 0 ${width} ${height}` }, ...lines))
  }
}

interface Asked extends Found {
  readonly heading: string
  readonly note: string
}

function column(name: string, { hits, heading, note }: Asked, others: readonly string[], other: string): HTMLElement {
  return element(
    'section',
    { 'data-column': name, 'aria-label': `Search ${name}` },
    element('h2', {}, `${name} `, element('span', { class: 'soft', textContent: heading })),
    element('p', { class: 'soft small', textContent: note }),
    element('ol', { class: 'short-hits' }, ...hits.map((hit, i) => shortHit(hit, i, others, other))),
  )
}

function shortHit(hit: Hit, place: number, others: readonly string[], other: string): HTMLElement {
  const id = String(hit.documentId)
  const there = others.indexOf(id)
  const moved = there < 0 ? `not in ${other}` : there === place ? `same place in ${other}` : `${there + 1} in ${other}`
  return element(
    'li',
    { 'data-id': id, class: there < 0 ? 'alone' : '' },
    element(
      'div',
      { class: 'short-head' },
      element('span', { class: 'place', textContent: String(place + 1), 'aria-hidden': 'true' }),
      element('h3', { textContent: titleOf(hit) }),
    ),
    element('p', { class: 'short-text soft', textContent: textOf(hit.payload).slice(0, 140) }),
    element('p', { class: 'small moved', textContent: moved }),
  )
}

function lastPart(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1)
}
