import { architectureOf } from '../../onnx/manifest.js'
import type { Multivector } from '../../vectors.js'
import { multivectorOf } from './embedded-vector.js'
import type { PlacedToken } from './model-tokens.js'
import type { Caller, TextService } from './text-service.js'

/** A token of a query, and the token of a text that it is most alike; places in UTF-16 units, ends exclusive. */
export interface MatchedToken {
  /** Place in the query, widened to the whole word. */
  readonly query: readonly [start: number, end: number]
  /** Place in the text, widened to the whole word. */
  readonly text: readonly [start: number, end: number]
  /** Cosine, -1 … 1: what this token adds to the score of late interaction. */
  readonly score: number
}

/** A row of a multivector, and the place of the token that it is of. */
interface PlacedRow {
  readonly row: number
  readonly place: readonly [number, number]
}

/** What ColBERT gives no rows in documents. */
const ASCII_PUNCTUATION = /^[!-/:-@[-`{-~]$/

const HAS_LETTERS = /[\p{L}\p{N}]/u

/**
 * Which word of each text answers to which token of the query in late interaction: the terms of the sum that MaxSim is. The texts are encoded
 * here with a row for each token, also where a collection has merged rows. Special tokens and punctuation, which are no words, are left out.
 * @param model a late-interaction model
 * @throws as `TextService.embed`
 */
export async function matchTokens(
  service: TextService,
  model: string,
  query: string,
  texts: readonly string[],
  caller: Caller,
): Promise<MatchedToken[][]> {
  const toObject = (text: string) => ({ text, model, options: {} })
  const [[asked], documents, entry] = await Promise.all([
    service.embed([toObject(query)], 'query', caller),
    service.embed(texts.map(toObject), 'document', caller, false),
    service.catalog.entryOf(model),
  ])
  const isColbert = architectureOf(entry) === 'colbert'
  const rowsOf = async (text: string, vector: Multivector, skipsPunctuation: boolean): Promise<PlacedRow[]> => {
    const tokens = await service.tokens.tokenize(model, text, true)
    return placeRows(text, tokens, vector.rows, isColbert, skipsPunctuation)
  }
  const queryVector = multivectorOf(asked!.vector)
  const queryRows = await rowsOf(query, queryVector, false)
  const matched: MatchedToken[][] = []
  for (const [i, text] of texts.entries()) {
    const vector = multivectorOf(documents[i]!.vector)
    const rows = await rowsOf(text, vector, isColbert)
    const found = queryRows.flatMap((row) => bestMatch(row, queryVector, rows, vector, text))
    matched.push(found.map(({ query: place, ...rest }) => ({ query: wholeWord(query, place), ...rest })))
  }
  return matched
}

function bestMatch(
  { row, place }: PlacedRow,
  query: Multivector,
  rows: readonly PlacedRow[],
  document: Multivector,
  text: string,
): MatchedToken[] {
  let best: PlacedRow | null = null
  let most = Number.NEGATIVE_INFINITY
  for (const each of rows) {
    const score = dotRows(query, row, document, each.row)
    if (score <= most) continue
    most = score
    best = each
  }
  return best === null ? [] : [{ query: place, text: wholeWord(text, best.place), score: most }]
}

/** The rows of the words' own tokens. A text that was cut has fewer rows than tokens, and the last row is of the closing special token. */
function placeRows(
  text: string,
  tokens: readonly PlacedToken[],
  rows: number,
  hasMarker: boolean,
  skipsPunctuation: boolean,
): PlacedRow[] {
  const kept = skipsPunctuation ? tokens.filter(({ text: token }) => !ASCII_PUNCTUATION.test(token)) : tokens
  const shift = hasMarker ? 1 : 0
  const toUnits = unitsOf(text)
  return kept.flatMap(({ special, start, stop, text: token }, i) =>
    special || start === null || stop === null || i + shift >= rows - 1 || !HAS_LETTERS.test(token)
      ? []
      : [{ row: i + shift, place: [toUnits(start), toUnits(stop)] as const }],
  )
}

/** From a place in code points to one in UTF-16 units. */
function unitsOf(text: string): (codePoint: number) => number {
  const starts: number[] = []
  let units = 0
  for (const character of text) {
    starts.push(units)
    units += character.length
  }
  return (codePoint) => starts[codePoint] ?? units
}

function wholeWord(text: string, [start, end]: readonly [number, number]): readonly [number, number] {
  const before = /[\p{L}\p{N}]*$/u.exec(text.slice(0, start))![0].length
  const after = /^[\p{L}\p{N}]*/u.exec(text.slice(end))![0].length
  return [start - before, end + after]
}

function dotRows(a: Multivector, i: number, b: Multivector, j: number): number {
  const left = a.values.subarray(i * a.dimension, (i + 1) * a.dimension)
  const offset = j * b.dimension
  let sum = 0
  for (let k = 0; k < left.length; k++) sum += left[k]! * b.values[offset + k]!
  return sum
}
