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
    this.root.hidden = fields.length === 0
    const clear = element('button', {
      ...{ type: 'button', class: 'quiet', textContent: 'Clear filters', hidden: this.#chosen.size === 0 },
      onclick: () => {
        this.#chosen.clear()
        this.show({ fields, sampled })
        this.#onChange()
      },
    })
    const groups = fields.map((field, i) => (field.kind === 'values' ? this.#values(field, i) : this.#range(field, i)))
    this.root.replaceChildren(
      element('h2', { textContent: 'Filters' }),
      ...groups,
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
    const must = this.#fields.flatMap((field): object[] => {
      const chosen = [...(this.#chosen.get(field.name) ?? [])]
      const key = /^[\w-]+$/.test(field.name) ? field.name : `"${field.name}"`
      if (chosen.length === 0) return []
      if (field.kind === 'range') {
        const [least = '', most = ''] = chosen[0]!.split('..')
        const range = { ...(least !== '' && { gte: Number(least) }), ...(most !== '' && { lte: Number(most) }) }
        return [{ key, range }]
      }
      const values = field.values.map(({ value }) => value).filter((value) => chosen.includes(String(value)))
      const flags = values.filter((value) => typeof value === 'boolean')
      const texts = values.filter((value) => typeof value === 'string')
      const should = [
        ...flags.map((value) => ({ key, match: { value } })),
        ...(texts.length > 0 ? [{ key, match: { any: texts } }] : []),
      ]
      return should.length === 0 ? [] : should.length === 1 ? should : [{ should }]
    })
    return must.length === 0 ? undefined : { must }
  }

  #values({ name, values }: Extract<Field, { kind: 'values' }>, i: number): HTMLElement {
    const chosen = this.#chosen.get(name) ?? new Set()
    const box = ({ value, count }: (typeof values)[number]) =>
      element(
        'label',
        { class: 'facet' },
        element('input', {
          type: 'checkbox',
          checked: chosen.has(String(value)),
          onchange: (event: Event) => this.#toggle(name, String(value), (event.target as HTMLInputElement).checked),
        }),
        element('span', { class: 'facet-value', textContent: String(value) }),
        element('span', { class: 'soft number', textContent: count.toLocaleString('en-US') }),
      )
    const isRest = (value: (typeof values)[number], at: number) => at >= SHOWN && !chosen.has(String(value.value))
    const first = values.filter((value, at) => !isRest(value, at)).map(box)
    const rest = values.filter(isRest).map(box)
    return element(
      'fieldset',
      { id: `filter-${i}` },
      element('legend', { textContent: titled(name) }),
      ...first,
      rest.length > 0 && element('details', {}, element('summary', { textContent: `${rest.length} more` }), ...rest),
    )
  }

  #range({ name, least, most }: Extract<Field, { kind: 'range' }>, i: number): HTMLElement {
    const [from = '', to = ''] = [...(this.#chosen.get(name) ?? [])][0]?.split('..') ?? []
    const input = (label: string, value: string, placeholder: number) =>
      element('input', {
        ...{ type: 'number', value, placeholder: String(placeholder), step: 'any' },
        'aria-label': `${titled(name)} ${label}`,
      })
    const [low, high] = [input('from', from, least), input('to', to, most)]
    const changed = () => {
      if (low.value === '' && high.value === '') this.#chosen.delete(name)
      else this.#chosen.set(name, new Set([`${low.value}..${high.value}`]))
      this.#onChange()
    }
    for (const each of [low, high]) each.addEventListener('change', changed)
    return element(
      'fieldset',
      { id: `filter-${i}` },
      element('legend', { textContent: titled(name) }),
      element('div', { class: 'range' }, low, ' to ', high),
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

/** `date_published` as `Date published`. */
function titled(name: string): string {
  const spaced = name.replaceAll(/[_-]+/g, ' ')
  return spaced.slice(0, 1).toUpperCase() + spaced.slice(1)
}
