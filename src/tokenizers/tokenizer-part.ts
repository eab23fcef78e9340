import { ModelError } from '../errors.js'
import { isObject } from '../options.js'

/** An object of tokenizer.json, whose fields are checked as they are read. */
export class TokenizerPart {
  /** Where it stands, for messages: `/models/x/tokenizer.json: normalizer.normalizers[0]`. */
  readonly place: string
  readonly #fields: Readonly<Record<string, unknown>>

  /** @throws ModelError `MODEL_FILE_CORRUPT` if `value` is not an object */
  constructor(value: unknown, place: string) {
    if (!isObject(value)) {
      throw corrupt(place, 'an object', value)
    }
    this.place = place
    this.#fields = value as Record<string, unknown>
  }

  has(name: string): boolean {
    return this.#own(name) !== undefined && this.#own(name) !== null
  }

  string(name: string, otherwise?: string): string {
    return this.#read(name, otherwise, 'a string', (value) => typeof value === 'string')
  }

  boolean(name: string, otherwise?: boolean): boolean {
    return this.#read(name, otherwise, 'true or false', (value) => typeof value === 'boolean')
  }

  /** A whole number from `least` to `most`. */
  integer(name: string, least: number, most: number, otherwise?: number): number {
    return this.#read(name, otherwise, `a whole number from ${least} to ${most}`, (value) => {
      return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
    })
  }

  oneOf<T extends string>(name: string, values: readonly T[], otherwise?: T): T {
    const isValue = (value: unknown) => (values as readonly unknown[]).includes(value)
    return this.#read(name, otherwise, `one of ${values.join(', ')}`, isValue)
  }

  list(name: string): readonly unknown[] {
    return this.#read<readonly unknown[]>(name, undefined, 'a list', Array.isArray)
  }

  part(name: string): TokenizerPart {
    return new TokenizerPart(this.#own(name), `${this.place}.${name}`)
  }

  parts(name: string): TokenizerPart[] {
    return this.list(name).map((value, i) => new TokenizerPart(value, `${this.place}.${name}[${i}]`))
  }

  /** The fields as they are, by their names: a vocabulary has a hundred thousand. */
  *entries(): Generator<[string, unknown]> {
    for (const name of Object.keys(this.#fields)) yield [name, this.#fields[name]]
  }

  /** What {@link string} and its like throw, for a field that is checked elsewhere. */
  corrupt(name: string, expected: string): ModelError {
    return corrupt(`${this.place}.${name}`, expected, this.#own(name))
  }

  /** What a field that is of the right kind cannot be used for. @param why a sentence without its full stop */
  broken(name: string, why: string, cause: unknown): ModelError {
    return new ModelError('MODEL_FILE_CORRUPT', `${this.place}.${name}: ${why}. Fetch the model's files again.`, {
      cause,
    })
  }

  /** What is thrown for a part that is as it should be, but of a kind that is not known here. */
  unsupported(what: string, advice: string, cause?: unknown): ModelError {
    return new ModelError('TOKENIZER_UNSUPPORTED', `${this.place}: this tokenizer cannot be run: ${what}. ${advice}`, {
      cause,
    })
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined
  }

  #read<T>(name: string, otherwise: T | undefined, expected: string, isRight: (value: unknown) => boolean): T {
    const value = this.#own(name) ?? otherwise
    if (!isRight(value)) throw corrupt(`${this.place}.${name}`, expected, value)
    return value as T
  }
}

function corrupt(place: string, expected: string, got: unknown): ModelError {
  const shown = got === undefined ? 'nothing' : (JSON.stringify(got) ?? typeof got).slice(0, 60)
  return new ModelError(
    'MODEL_FILE_CORRUPT',
    `${place}: expected ${expected}, got ${shown}. Fetch the model's files again.`,
  )
}
