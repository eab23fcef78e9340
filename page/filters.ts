import type { CollectionDetails, Field } from './api.js'
import { element } from './dom.js'

const PREFIX = 'f.'
/** Values that are shown before "more". */
const SHOWN = 8

/** Filters made of the payload's fields. */
export class Filters {
  readonly root: HTMLElement
  readonly #onChange: () => void
  #fields: readonly Field[] = []
  /** Chosen values by field, and ranges as `least..most`. */
  #chosen = new Map<string, Set<string>>()

  constructor(root: HTMLElement, onChange: () => void) {
    this.root = root
    this.#onChange = onChange
  }

  show({ fields, sampled }: Pick<CollectionDetails, 'fields' | 'sampled'>): void {
    this.#fields = fields
    const note = `Fields and counts of the first ${sampled.toLocaleString('en-US')} points.`
    this.root.hidden = fields.length === 0 && this.#chosen.size === 0
    const clear = element('button', {
      ...{ type: 'button', class: 'quiet', textContent: 'Clear filters', hidden: this.#chosen.size === 0 },
      onclick: () => {
        this.#chosen.clear()
        this.show({ fields, sampled })
        this.#onChange()
      },
    })
    const groups = fields.map((field, i) => (field.kind === 'values' ? this.#values(field, i) : this.#range(field, i)))
    const unknown = [...this.#chosen.keys()].filter((name) => !fields.some((field) => field.name === name))
    this.root.replaceChildren(
      element('h2', { textContent: 'Filters' }),
      ...groups,
      ...unknown.map((name) =>
        element('fieldset', {}, element('legend', { textContent: titled(name) }), ...this.#others(name, [])),
      ),
      clear,
      element('p', { class: 'soft small', textContent: note }),
    )
  }

  read(params: URLSearchParams): void {
    this.#chosen = new Map()
    for (const [name, value] of params) {
      if (!name.startsWith(PREFIX)) continue
      const field = name.slice(PREFIX.length)
      this.#chosen.set(field, (this.#chosen.get(field) ?? new Set()).add(value))
    }
  }

  write(params: URLSearchParams): void {
    for (const [name, values] of this.#chosen) for (const value of values) params.append(PREFIX + name, value)
  }

  /** Qdrant's filter; undefined where nothing is chosen. */
  get filter(): object | undefined {
    const must = [...this.#chosen].map(([name, chosen]): object => {
      const key = /^[\w-]+$/.test(name) ? name : `"${name}"`
      const field = this.#fields.find((each) => each.name === name)
      const should = [...chosen].flatMap((text) => conditionsOf(key, text, field))
      return should.length === 1 ? should[0]! : { should }
    })
    return must.length === 0 ? undefined : { must }
  }

  #values({ name, values }: Extract<Field, { kind: 'values' }>, i: number): HTMLElement {
    const chosen = this.#chosen.get(name) ?? new Set()
    const box = ({ value, count }: (typeof values)[number]) =>
      this.#box(name, String(value), count.toLocaleString('en-US'))
    const isRest = (value: (typeof values)[number], at: number) => at >= SHOWN && !chosen.has(String(value.value))
    const first = values.filter((value, at) => !isRest(value, at)).map(box)
    const rest = values.filter(isRest).map(box)
    return element(
      'fieldset',
      { id: `filter-${i}` },
      element('legend', { textContent: titled(name) }),
      ...this.#others(
        name,
        values.map(({ value }) => String(value)),
      ),
      ...first,
      rest.length > 0 && element('details', {}, element('summary', { textContent: `${rest.length} more` }), ...rest),
    )
  }

  #range({ name, least, most }: Extract<Field, { kind: 'range' }>, i: number): HTMLElement {
    const chosen = [...(this.#chosen.get(name) ?? [])]
    let shown = chosen.find((text) => rangeOf(text) !== null) ?? ''
    const [from = '', to = ''] = shown.split('..')
    const input = (label: string, value: string, placeholder: number) =>
      element('input', {
        ...{ type: 'number', value, placeholder: String(placeholder), step: 'any' },
        'aria-label': `${titled(name)} ${label}`,
      })
    const [low, high] = [input('from', from, least), input('to', to, most)]
    const changed = () => {
      const values = this.#chosen.get(name) ?? new Set()
      values.delete(shown)
      shown = low.value === '' && high.value === '' ? '' : `${low.value}..${high.value}`
      if (shown !== '') values.add(shown)
      if (values.size > 0) this.#chosen.set(name, values)
      else this.#chosen.delete(name)
      this.#onChange()
    }
    for (const each of [low, high]) each.addEventListener('change', changed)
    return element(
      'fieldset',
      { id: `filter-${i}` },
      element('legend', { textContent: titled(name) }),
      element('div', { class: 'range' }, low, ' to ', high),
      ...this.#others(name, [shown]),
    )
  }

  /** Chosen values that are not offered, as those of an address that was made before the store was filled anew: they hold, and can be cleared. */
  #others(name: string, offered: readonly string[]): HTMLElement[] {
    const others = [...(this.#chosen.get(name) ?? [])].filter((text) => !offered.includes(text))
    return others.map((text) => this.#box(name, text, 'not listed'))
  }

  #box(name: string, text: string, note: string): HTMLElement {
    return element(
      'label',
      { class: 'facet' },
      element('input', {
        type: 'checkbox',
        checked: this.#chosen.get(name)?.has(text) ?? false,
        onchange: (event: Event) => this.#toggle(name, text, (event.target as HTMLInputElement).checked),
      }),
      element('span', { class: 'facet-value', textContent: text }),
      element('span', { class: 'soft number', textContent: note }),
    )
  }

  #toggle(name: string, value: string, isChosen: boolean): void {
    const values = this.#chosen.get(name) ?? new Set()
    if (isChosen) values.add(value)
    else values.delete(value)
    if (values.size > 0) this.#chosen.set(name, values)
    else this.#chosen.delete(name)
    this.#onChange()
  }
}

/** What a chosen value asks for: what is offered for it, else all that it may mean. */
function conditionsOf(key: string, text: string, field: Field | undefined): object[] {
  const offered = field?.kind === 'values' ? field.values.filter(({ value }) => String(value) === text) : []
  if (offered.length > 0) return offered.map(({ value }) => ({ key, match: { value } }))
  const range = rangeOf(text)
  if (range !== null && field?.kind === 'range') return [{ key, range }]
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return [
    { key, match: { value: text } },
    ...(text === 'true' || text === 'false' ? [{ key, match: { value: text === 'true' } }] : []),
    ...(range !== null ? [{ key, range }] : []),
    ...(Number.isFinite(number) ? [{ key, range: { gte: number, lte: number } }] : []),
  ]
}

/** `1990..1994`, `1990..` or `..1994` as bounds; null for what is none of them. */
function rangeOf(text: string): object | null {
  const [least = '', most = '', ...more] = text.split('..')
  const isBound = (bound: string) => bound === '' || (bound.trim() !== '' && Number.isFinite(Number(bound)))
  if (!text.includes('..') || text === '..' || more.length > 0 || !isBound(least) || !isBound(most)) return null
  return { ...(least !== '' && { gte: Number(least) }), ...(most !== '' && { lte: Number(most) }) }
}

/** `date_published` as `Date published`. */
function titled(name: string): string {
  const spaced = name.replaceAll(/[_-]+/g, ' ')
  return spaced.slice(0, 1).toUpperCase() + spaced.slice(1)
}
