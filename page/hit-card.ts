import { ask, type Hit, type Matches, type Method, type Payload, type WholeDocument } from './api.js'
import { element } from './dom.js'
import { excerptOf, highlighted } from './highlight.js'
import { METHOD_NAMES } from './settings.js'

const EXCERPT = 420
/** Where titles stand, and where programs keep a point's text. */
const TITLE_FIELDS = ['title', 'question', 'name', 'heading', 'subject']
const TEXT_FIELDS = ['document', 'page_content', 'content', 'text', 'passage_text', 'data']
/** What the store itself puts beside a document's own fields. */
const OWN_FIELDS = ['document', 'document_id', 'chunk', 'chunks', 'chunk_start', 'chunk_end']
const MAX_TAGS = 5

export function textOf(payload: Payload | null): string {
  for (const field of TEXT_FIELDS) {
    const value = payload?.[field]
    if (typeof value === 'string' && value !== '') return value
  }
  return ''
}

/** The title, else the first sentence, else the id. */
export function titleOf({ payload, documentId }: Hit): string {
  for (const field of TITLE_FIELDS) {
    const value = payload?.[field]
    if (typeof value === 'string' && value !== '') return value
  }
  const sentence = /^.{10,120}?[.!?](?=\s|$)/su.exec(textOf(payload))?.[0]
  return sentence ?? (textOf(payload).slice(0, 90) || String(documentId))
}

/** `Part 3 of 8`; null for a document that is whole. */
function placeOf(payload: Payload | null): string | null {
  const { chunk, chunks } = payload ?? {}
  if (typeof chunk !== 'number') return null
  return typeof chunks === 'number' ? `Part ${chunk + 1} of ${chunks}` : `Part ${chunk + 1}`
}

/** A hit: title, place, passage with what was found in it, its rank in each list, and more of the document on demand. */
export class HitCard {
  readonly root: HTMLElement
  readonly text: string
  readonly #hit: Hit
  readonly #question: string
  readonly #passage = element('p', { class: 'passage' })
  readonly #whole = element('div', { class: 'whole', hidden: true })
  readonly #more: HTMLButtonElement
  #counted: ReadonlySet<string> = new Set()
  #matches: Matches | null = null
  #isOpen = false

  constructor(hit: Hit, place: number, question: string, collection: string, best: number) {
    this.#hit = hit
    this.#question = question
    this.text = textOf(hit.payload)
    this.#more = element('button', {
      ...{ type: 'button', class: 'quiet', textContent: 'Whole passage', 'aria-expanded': 'false' },
      onclick: () => {
        this.#isOpen = !this.#isOpen
        this.#draw()
      },
    })
    const part = placeOf(hit.payload)
    const around = element('button', {
      ...{ type: 'button', class: 'quiet', textContent: 'What stands around it', 'aria-expanded': 'false' },
      onclick: () => this.#toggleWhole(around, collection),
    })
    const bar = element('meter', { min: 0, max: 1, value: best > 0 ? Math.max(0, hit.score / best) : 0 })
    bar.setAttribute('aria-hidden', 'true')
    this.root = element(
      'li',
      { class: 'hit', 'data-hit': place - 1, tabIndex: -1 },
      element(
        'div',
        { class: 'hit-head' },
        element('span', { class: 'place', textContent: String(place), 'aria-hidden': 'true' }),
        element('h3', { textContent: titleOf(hit) }),
        element('span', { class: 'score soft' }, bar, ` ${hit.score.toFixed(3)}`),
      ),
      this.#passage,
      this.#whole,
      element('p', { class: 'ranks' }, ...rankBadges(hit, place)),
      element('div', { class: 'tags' }, ...tagsOf(hit.payload, titleOf(hit))),
      element(
        'div',
        { class: 'actions' },
        part !== null && element('span', { class: 'soft', textContent: part }),
        this.#more,
        part !== null && around,
        element(
          'details',
          { class: 'fields' },
          element('summary', { textContent: 'All fields' }),
          element('pre', { tabIndex: 0, textContent: JSON.stringify(hit.payload, null, 2) }),
        ),
      ),
    )
    this.#draw()
  }

  /** Shows what was found, once that is known. */
  mark(matches: Matches, counted: ReadonlySet<string>): void {
    this.#matches = matches
    this.#counted = counted
    this.#draw()
  }

  get #found() {
    return { question: this.#question, counted: this.#counted, matches: this.#matches }
  }

  #draw(): void {
    const [from, to] = this.#isOpen ? [0, this.text.length] : excerptOf(this.text, this.#matches, EXCERPT)
    this.#passage.replaceChildren(
      from > 0 ? '… ' : '',
      ...highlighted(this.text, this.#found, from, to),
      to < this.text.length ? ' …' : '',
    )
    this.#more.hidden = this.text.length <= EXCERPT
    this.#more.textContent = this.#isOpen ? 'Less' : 'Whole passage'
    this.#more.setAttribute('aria-expanded', String(this.#isOpen))
  }

  async #toggleWhole(button: HTMLButtonElement, collection: string): Promise<void> {
    const isShown = !this.#whole.hidden
    this.#whole.hidden = isShown
    button.setAttribute('aria-expanded', String(!isShown))
    button.textContent = isShown ? 'What stands around it' : 'Hide what stands around it'
    if (isShown || this.#whole.childElementCount > 0) return
    try {
      const id = this.#hit.documentId
      const { text } = await ask<WholeDocument>('/playground/document', { id, collection })
      const [start, end] = this.#placeIn(text)
      const own = element('span', { class: 'own' }, ...highlighted(this.text, this.#found))
      this.#whole.replaceChildren(
        element(
          'p',
          { tabIndex: 0, role: 'group', 'aria-label': 'the whole document' },
          text.slice(0, start),
          own,
          text.slice(end),
        ),
      )
      own.scrollIntoView({ block: 'nearest' })
    } catch (error) {
      this.#whole.replaceChildren(element('p', { class: 'error', textContent: (error as Error).message }))
    }
  }

  #placeIn(text: string): readonly [number, number] {
    const { chunk_start: start } = this.#hit.payload ?? {}
    const at = typeof start === 'number' && text.startsWith(this.text, start) ? start : text.indexOf(this.text)
    return at < 0 ? [0, 0] : [at, at + this.text.length]
  }
}

/** Where each list had it, in words. */
function rankBadges({ ranks }: Hit, place: number): HTMLElement[] {
  return (['dense', 'bm25', 'late', 'fused'] as (Method | 'fused')[]).flatMap((list) => {
    const rank = ranks[list]
    // where it came out is its number already
    if (rank === null || (list === 'fused' && rank === place)) return []
    return [
      element(
        'span',
        { class: `badge badge-${list}` },
        element('span', { textContent: METHOD_NAMES[list] }),
        element('strong', { textContent: ` ${rank}` }),
      ),
    ]
  })
}

function tagsOf(payload: Payload | null, title: string): HTMLElement[] {
  return Object.entries(payload ?? {})
    .filter(([name]) => !OWN_FIELDS.includes(name) && !TEXT_FIELDS.includes(name))
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && String(value).length <= 60)
    .filter(([, value]) => value !== title && value !== '')
    .slice(0, MAX_TAGS)
    .map(([name, value]) =>
      element('span', { class: 'tag' }, element('span', { class: 'soft', textContent: `${name} ` }), String(value)),
    )
}
