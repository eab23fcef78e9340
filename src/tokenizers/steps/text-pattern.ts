import { createContext, Script } from 'node:vm'
import * as library from '@huggingface/tokenizers'
import type { ModelError } from '../../errors.js'
import type { TokenizerPart } from '../tokenizer-part.js'
import { LINEAR_PATTERNS } from './linear-patterns.js'
import { spellOutClasses } from './spell-out-classes.js'

/** Translates Oniguruma's expressions; the package's types leave it out. */
const { SplitPreTokenizer } = library as unknown as {
  readonly SplitPreTokenizer: new (part: object) => { readonly pattern: RegExp | null }
}

/** A search in a text may take this long: far more than any expression in use needs for 65,536 characters. */
const SEARCH_LIMIT_MS = 5000

/** The same when a tokenizer is opened, for the texts of {@link trialTexts}, of which each is short. */
const TRIAL_LIMIT_MS = 500

/**
 * A `pattern` of tokenizer.json: a string, or a regular expression of Oniguruma. Its character classes are those of the
 * native tokenizer. An expression that is not among the {@link LINEAR_PATTERNS} is ended when it takes too long.
 */
export class TextPattern {
  readonly #expression: RegExp
  readonly #isLinear: boolean
  readonly #part: TokenizerPart

  /** @throws ModelError `MODEL_FILE_CORRUPT`; `TOKENIZER_UNSUPPORTED` if it cannot be translated, or backtracks without end */
  constructor(owner: TokenizerPart) {
    const part = owner.part('pattern')
    this.#part = part
    if (part.has('String')) {
      this.#isLinear = true
      this.#expression = new RegExp(
        part
          .string('String')
          .replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
          .replace(/\\-/g, '\\x2d'),
        'gu',
      )
      return
    }
    const source = part.string('Regex')
    this.#isLinear = LINEAR_PATTERNS.has(source)
    this.#expression = this.#compile(source)
    if (!this.#isLinear) for (const text of trialTexts(source)) this.#searchWithin(TRIAL_LIMIT_MS, text)
  }

  /** Begin and end of every match, in their order. */
  matches(text: string): (readonly [number, number])[] {
    return this.#isLinear ? this.#search(text) : this.#searchWithin(SEARCH_LIMIT_MS, text)
  }

  #search(text: string): (readonly [number, number])[] {
    const found: (readonly [number, number])[] = []
    // not matchAll, which makes another RegExp of the long source for each text
    const expression = this.#expression
    expression.lastIndex = 0
    for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
      const end = match.index + match[0].length
      found.push([match.index, end])
      if (end === match.index) expression.lastIndex += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
    }
    return found
  }

  #searchWithin(limitMs: number, text: string): (readonly [number, number])[] {
    try {
      return runWithin(limitMs, () => this.#search(text))
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause
      throw this.#unsupported(
        `its regular expression was not done with ${text.length} characters after ${limitMs} ms; it backtracks without end`,
        cause,
      )
    }
  }

  #compile(source: string): RegExp {
    try {
      const { pattern } = new SplitPreTokenizer({
        type: 'Split',
        pattern: { Regex: spellOutClasses(source) },
        behavior: 'Isolated',
        invert: false,
      })
      if (pattern !== null) return pattern
    } catch (cause) {
      throw this.#unsupported(`its regular expression cannot be read: ${(cause as Error).message.slice(0, 200)}`, cause)
    }
    throw this.#unsupported('its regular expression cannot be read')
  }

  #unsupported(what: string, cause?: unknown): ModelError {
    return this.#part.unsupported(what, 'Use a model whose tokenizer has another expression.', cause)
  }
}

const sandbox = createContext({ search: undefined as (() => unknown) | undefined })
const callSearch = new Script('search()')

/** Runs a function and ends it, a regular expression within it too, after `limitMs`. */
function runWithin<T>(limitMs: number, search: () => T): T {
  sandbox.search = search
  try {
    return callSearch.runInContext(sandbox, { timeout: limitMs }) as T
  } finally {
    sandbox.search = undefined
  }
}

/** Texts on which an expression that backtracks shows it: long runs of what it may speak of, ended by what it may not. */
function trialTexts(source: string): string[] {
  const characters = new Set(['a', 'A', '0', ' ', '\n', '.', "'", 'é', '漢', ...source.replace(/[^ -~]/g, '')])
  const pairs = ['a ', 'aA', '0a', ' \n', 'a.', "a'"]
  return [...characters, ...pairs].flatMap((unit) => [`${unit.repeat(40)}\u0001`, `${unit.repeat(1500)}\u0001`])
}
