import { ModelError } from '../../errors.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { isWholeNumber } from '../../options.js'

/** A token by its text in the vocabulary or by its id. */
export type TokenName = string | number

/** What tells one ColBERT model from another; `settings` of its manifest entry. */
export interface ColbertSettings {
  /** Put behind the first token of a query. @default '[unused0]' */
  readonly queryMarker: TokenName
  /** Put behind the first token of a document. @default '[unused1]' */
  readonly documentMarker: TokenName
  /** Fills a query up. @default '[MASK]' */
  readonly maskToken: TokenName
  /** Tokens that a query has at least, marker included; null: it is not filled up. @default 32 */
  readonly queryTokens: number | null
  /** Whether mask tokens that fill a query up are attended to; their rows are kept either way. @default false */
  readonly attendToMaskTokens: boolean
  /** Whether a document has no rows for ASCII punctuation. @default true */
  readonly skipPunctuation: boolean
  /** Other tokens for which a document has no row. @default ['[PAD]'] */
  readonly skipTokens: readonly TokenName[]
}

/** Those of `colbert-ir/colbertv2.0` as FastEmbed 0.9.1 runs it. */
const DEFAULT_SETTINGS: ColbertSettings = {
  queryMarker: '[unused0]',
  documentMarker: '[unused1]',
  maskToken: '[MASK]',
  queryTokens: 32,
  attendToMaskTokens: false,
  skipPunctuation: true,
  skipTokens: ['[PAD]'],
}

const CHECKS: { readonly [key in keyof ColbertSettings]: [expected: string, isValid: (value: unknown) => boolean] } = {
  queryMarker: ['a token or its id', isTokenName],
  documentMarker: ['a token or its id', isTokenName],
  maskToken: ['a token or its id', isTokenName],
  queryTokens: ['a whole number from 1, or null', (value) => value === null || (isWholeNumber(value) && value > 0)],
  attendToMaskTokens: ['true or false', (value) => typeof value === 'boolean'],
  skipPunctuation: ['true or false', (value) => typeof value === 'boolean'],
  skipTokens: ['a list of tokens or ids', (value) => Array.isArray(value) && value.every(isTokenName)],
}

/**
 * The settings of a ColBERT model, with those of `colbert-ir/colbertv2.0` where its manifest entry says nothing.
 * @throws ModelError `MANIFEST_INVALID` naming the setting that is unknown or of the wrong kind
 */
export function readColbertSettings(
  entry: Pick<ModelEntry, 'name'> & { readonly settings?: unknown },
): ColbertSettings {
  const given = entry.settings ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) throw invalid(entry.name, 'settings are not an object')
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(CHECKS, key)) {
      throw invalid(entry.name, `unknown setting "${key}"; expected ${Object.keys(CHECKS).join(', ')}`)
    }
    const [expected, isValid] = CHECKS[key as keyof ColbertSettings]
    if (!isValid(value))
      throw invalid(entry.name, `settings.${key}: expected ${expected}, got ${JSON.stringify(value)}`)
  }
  return { ...DEFAULT_SETTINGS, ...given }
}

function isTokenName(value: unknown): value is TokenName {
  return (typeof value === 'string' && value !== '') || isWholeNumber(value)
}

function invalid(name: string, what: string): ModelError {
  return new ModelError('MANIFEST_INVALID', `${name}: ${what}. Correct the manifest or import the model again.`)
}
