import type { CollectionState, Method } from './api.js'
import { countOf, element } from './dom.js'

export const METHODS: readonly Method[] = ['dense', 'bm25', 'late']
export const METHOD_NAMES: Readonly<Record<Method | 'fused', string>> = {
  dense: 'Dense',
  bm25: 'BM25',
  late: 'Late',
  fused: 'Fused',
}
const EXPLAINED: Readonly<Record<Method, string>> = {
  dense: 'alike in meaning',
  bm25: 'the same words',
  late: 'alike word by word',
}
const WEIGHTS = ['0.25', '0.5', '1', '2', '4']

/** How a question is searched. */
export interface Settings {
  readonly collection: string
  readonly methods: readonly Method[]
  readonly weights: Readonly<Record<Method, number>>
  readonly fusion: 'dbsf' | 'rrf'
  readonly rerank: boolean
  readonly limit: number
}

/** The body of `POST /search`. */
export function searchBody(query: string, settings: Settings, filter?: object): object {
  const { collection, methods, weights, fusion, rerank, limit } = settings
  const isWeighted = methods.some((method) => weights[method] !== 1)
  return {
    ...{ query, collection, methods, fusion, rerank, limit },
    ...(isWeighted && !rerank && { weights: Object.fromEntries(methods.map((method) => [method, weights[method]])) }),
    ...(filter && { filter }),
  }
}

/** Settings in an address: only what is not the default. */
export function writeSettings(settings: Settings, all: readonly Method[], params: URLSearchParams, prefix = ''): void {
  const { collection, methods, weights, fusion, rerank, limit } = settings
  params.set(`${prefix}in`, collection)
  if (methods.length < all.length) params.set(`${prefix}lists`, methods.join(','))
  const weighted = methods.filter((method) => weights[method] !== 1)
  if (weighted.length > 0) {
    params.set(`${prefix}weights`, weighted.map((method) => `${method}=${weights[method]}`).join(','))
  }
  if (fusion !== 'dbsf') params.set(`${prefix}fusion`, fusion)
  if (rerank) params.set(`${prefix}rerank`, '1')
  if (limit !== 10) params.set(`${prefix}hits`, String(limit))
}

/** The controls of one search; several may be on the page, told apart by a prefix. */
export class SettingsPanel {
  readonly root: HTMLElement
  readonly #collections: readonly CollectionState[]
  readonly #collection: HTMLSelectElement
  readonly #boxes: Readonly<Record<Method, HTMLInputElement>>
  readonly #weights: Readonly<Record<Method, HTMLSelectElement>>
  readonly #fusion: HTMLSelectElement
  readonly #rerank: HTMLInputElement
  readonly #limit: HTMLSelectElement

  constructor(prefix: string, collections: readonly CollectionState[]) {
    this.#collections = collections
    const option = (value: string, text = value) => element('option', { value, textContent: text })
    this.#collection = element(
      'select',
      { id: `${prefix}collection`, onchange: () => this.#offer() },
      ...collections.map(({ collection, points }) => option(collection, `${collection} (${countOf(points, 'point')})`)),
    )
    const each = <T>(make: (method: Method) => T) =>
      Object.fromEntries(METHODS.map((method) => [method, make(method)])) as unknown as Record<Method, T>
    this.#boxes = each((method) =>
      element('input', { type: 'checkbox', id: prefix + method, onchange: () => this.#offerWeights() }),
    )
    this.#weights = each((method) =>
      element(
        'select',
        { id: `${prefix + method}-weight`, 'aria-label': `weight of ${METHOD_NAMES[method]}`, class: 'weight' },
        ...WEIGHTS.map((weight) => option(weight, `× ${weight}`)),
      ),
    )
    this.#fusion = element(
      'select',
      { id: `${prefix}fusion` },
      option('dbsf', 'by score (DBSF)'),
      option('rrf', 'by rank (RRF)'),
    )
    this.#rerank = element('input', { type: 'checkbox', id: `${prefix}rerank`, onchange: () => this.#offerWeights() })
    this.#limit = element('select', { id: `${prefix}limit` }, ...['5', '10', '20', '50'].map((count) => option(count)))
    const lists = METHODS.map((method) =>
      element(
        'div',
        { class: `list list-${method}` },
        element('label', {}, this.#boxes[method], ` ${METHOD_NAMES[method]}`),
        element('span', { class: 'soft', textContent: EXPLAINED[method] }),
        this.#weights[method],
      ),
    )
    this.root = element(
      'div',
      { class: 'settings' },
      field('Collection', this.#collection),
      element('fieldset', {}, element('legend', { textContent: 'Lists, and what each counts' }), ...lists),
      field('Fused', this.#fusion),
      field('Hits', this.#limit),
      element('label', { class: 'check' }, this.#rerank, ' Late interaction alone decides the order (rerank)'),
    )
    this.reset()
  }

  /** The methods that the chosen collection has. */
  get offered(): readonly Method[] {
    return this.#chosen?.methods ?? []
  }

  /** What is to be told where the chosen collection, as an address names it, is not there; else empty. */
  get missing(): string {
    if (this.#chosen !== undefined) return ''
    return `There is no collection "${this.#collection.value}" to be searched here. Choose one that is there, under "Collection".`
  }

  get #chosen(): CollectionState | undefined {
    return this.#collections.find(({ collection }) => collection === this.#collection.value)
  }

  get settings(): Settings {
    const methods = METHODS.filter((method) => this.#boxes[method].checked && !this.#boxes[method].disabled)
    const weights = Object.fromEntries(METHODS.map((method) => [method, Number(this.#weights[method].value)]))
    return {
      collection: this.#collection.value,
      methods: methods.length > 0 ? methods : this.offered,
      weights: weights as Record<Method, number>,
      fusion: this.#fusion.value as Settings['fusion'],
      rerank: this.#rerank.checked && !this.#rerank.disabled,
      limit: Number(this.#limit.value),
    }
  }

  reset(): void {
    this.#fusion.value = 'dbsf'
    this.#limit.value = '10'
    this.#rerank.checked = false
    for (const method of METHODS) this.#weights[method].value = '1'
    this.#offer()
  }

  /** Takes what an address says; what it does not say is the default. */
  read(params: URLSearchParams, prefix = ''): void {
    const choose = (select: HTMLSelectElement, value: string | null) => {
      if (value !== null && [...select.options].some((each) => each.value === value)) select.value = value
    }
    this.reset()
    this.#collection.querySelector('[data-missing]')?.remove()
    const named = params.get(`${prefix}in`)
    if (named !== null && !this.#collections.some(({ collection }) => collection === named)) {
      const text = `${named} (not there)`
      this.#collection.append(element('option', { value: named, textContent: text, 'data-missing': 'yes' }))
    }
    choose(this.#collection, named)
    this.#offer()
    const lists = params.get(`${prefix}lists`)?.split(',')
    for (const method of METHODS) {
      if (lists !== undefined) this.#boxes[method].checked = lists.includes(method) && !this.#boxes[method].disabled
    }
    for (const pair of params.get(`${prefix}weights`)?.split(',') ?? []) {
      const [name = '', weight = ''] = pair.split('=')
      if (METHODS.includes(name as Method)) choose(this.#weights[name as Method], weight)
    }
    choose(this.#fusion, params.get(`${prefix}fusion`))
    choose(this.#limit, params.get(`${prefix}hits`))
    this.#rerank.checked = params.get(`${prefix}rerank`) === '1' && !this.#rerank.disabled
    this.#offerWeights()
  }

  /** A sentence for a heading: what differs from the default. */
  get summary(): string {
    if (this.missing !== '') return 'a collection that is not there'
    const { methods, weights, fusion, rerank } = this.settings
    const lists = methods.map((method) =>
      weights[method] === 1 || rerank ? METHOD_NAMES[method] : `${METHOD_NAMES[method]} × ${weights[method]}`,
    )
    return `${lists.join(' + ')}${rerank ? ', reranked' : methods.length > 1 ? `, fused ${fusion === 'dbsf' ? 'by score' : 'by rank'}` : ''}`
  }

  #offer(): void {
    for (const method of METHODS) {
      this.#boxes[method].disabled = !this.offered.includes(method)
      this.#boxes[method].checked = !this.#boxes[method].disabled
    }
    this.#rerank.disabled = !this.offered.includes('late')
    this.#offerWeights()
  }

  #offerWeights(): void {
    for (const method of METHODS) {
      const { checked, disabled } = this.#boxes[method]
      this.#weights[method].disabled = disabled || !checked || this.#rerank.checked
    }
  }
}

function field(label: string, control: HTMLElement): HTMLElement {
  return element('label', { class: 'field', for: control.id }, element('span', { textContent: label }), control)
}
