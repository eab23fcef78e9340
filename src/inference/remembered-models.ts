import { getOrOpen } from '../get-or-make.js'
import type { TextObject } from './inference-object.js'
import type { ModelSpec } from './model-spec.js'

/** Names with options that are remembered, and their length; they come from callers, so there is an end. */
const MAX_REMEMBERED = 1_000
const MAX_REMEMBERED_LENGTH = 2_048

/** Models by name and options, each looked up once. */
export class RememberedModels {
  readonly #find: (text: TextObject) => Promise<ModelSpec>
  readonly #known = new Map<string, Promise<ModelSpec>>()

  constructor(find: (text: TextObject) => Promise<ModelSpec>) {
    this.#find = find
  }

  async resolve(text: TextObject): Promise<ModelSpec> {
    const key = JSON.stringify([text.model.toLowerCase(), text.options])
    if (key.length > MAX_REMEMBERED_LENGTH) return this.#find(text)
    if (this.#known.size >= MAX_REMEMBERED && !this.#known.has(key)) this.#known.clear()
    return getOrOpen(this.#known, key, () => this.#find(text))
  }
}
