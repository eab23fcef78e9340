import { type Payload, STORED_FIELDS } from '../../document.js'
import { isObject } from '../../options.js'
import { hitText } from '../../pipeline/search/hit-text.js'
import type { WordMatcher } from '../../pipeline/search/matched-words.js'
import type { RankedHit } from '../../pipeline/search/search-options.js'
import { cutToWidth } from '../shared/fit-width.js'
import type { StyledLine, StyledPart } from '../shared/styled.js'
import { bestExcerpt, headingOf, highlighted } from './excerpt.js'

export interface HitView {
  /** Columns of the terminal; null where lines are not broken. */
  readonly columns: number | null
  /** The words that a text has in common with the question. */
  readonly match: WordMatcher
  /** Whether scores and the ranks in each list are shown, too. */
  readonly isExplained: boolean
  /** Field with a point's text. */
  readonly textField?: string | undefined
}

const INDENT = '   '
/** Lines of a passage on a terminal, and its characters elsewhere. */
const PASSAGE_LINES = 4
const PASSAGE_LENGTH = 300
/** A terminal that is wider is not filled: long lines are hard to read. */
const WIDEST = 100
const BAR_CELLS = 20
const FEWEST_CELLS = 4
const LISTS = ['dense', 'bm25', 'fused', 'late'] as const
const LONGEST_ID = 30

/** Hits as lines: title or first sentence, what document and which part of it, and the passage with the words that matched. */
export function describeHits(hits: readonly RankedHit[], view: HitView): StyledLine[] {
  if (hits.length === 0) return ['no hits']
  const table = view.isExplained ? [...describeRanks(hits, view.columns ?? WIDEST), ''] : []
  return [...table, ...hits.flatMap((hit, i) => [...(i === 0 ? [] : ['']), ...describeHit(hit, i, view)])]
}

function describeHit(hit: RankedHit, i: number, { columns, match, textField }: HitView): StyledLine[] {
  const text = hitText(hit.payload, textField).replace(/\s+/g, ' ').trim()
  const words = match(text)
  const { heading, rest } = headingOf(text, titleOf(hit.payload))
  const length = columns === null ? PASSAGE_LENGTH : PASSAGE_LINES * (Math.min(columns, WIDEST) - INDENT.length)
  const excerpt = bestExcerpt(text, rest, words, length)
  const lines: StyledLine[] = [
    [`${i + 1}. `, ...withMatches(heading === '' ? '(no text)' : heading, match)],
    [INDENT, { text: `${placeOf(hit)}, score ${hit.score.toFixed(4)}`, as: 'quiet' }],
  ]
  if (text.slice(rest.start, rest.end).trim() === '') return lines
  const start = excerpt.start + (/^\s*/.exec(text.slice(excerpt.start))?.[0].length ?? 0)
  const isAfter = rest.start + (start === excerpt.start ? 0 : 1)
  return [...lines, [INDENT, ...highlighted(text, { start, end: excerpt.end }, words, isAfter)]]
}

/** A heading, in which the words that matched stand out once more. */
function withMatches(heading: string, match: WordMatcher): StyledPart[] {
  const parts = highlighted(heading, { start: 0, end: heading.length }, match(heading), 0)
  return parts.map((part) => (typeof part === 'string' ? { text: part, as: 'strong' } : part))
}

/** Score and ranks as a table, the scores as bars. */
function describeRanks(hits: readonly RankedHit[], columns: number): StyledLine[] {
  const scores = hits.map(({ score }) => score)
  const lowest = Math.min(0, ...scores)
  const range = Math.max(...scores) - lowest
  const ids = hits.map(({ documentId }) => cutToWidth(String(documentId), LONGEST_ID))
  const idWidth = Math.max('document'.length, ...ids.map((id) => id.length))
  const shown = scores.map((score) => score.toFixed(4))
  const scoreWidth = Math.max('score'.length, ...shown.map((score) => score.length))
  const numberWidth = String(hits.length).length
  const ranks = (cell: (list: (typeof LISTS)[number]) => string) =>
    LISTS.map((list) => cell(list).padStart(5)).join('  ')
  const header = `${'#'.padStart(numberWidth)}  ${'document'.padEnd(idWidth)}  ${'score'.padStart(scoreWidth)}  ${ranks((list) => list)}`
  const mostCells = Math.max(FEWEST_CELLS, Math.min(BAR_CELLS, columns - header.length - 2))
  return [
    [{ text: header, as: 'strong' }],
    ...hits.map((hit, i): StyledPart[] => {
      const cells = range === 0 ? mostCells : Math.round(((hit.score - lowest) / range) * mostCells)
      const places = ranks((list) => (hit.ranks[list] === null ? '-' : String(hit.ranks[list])))
      return [
        `${String(i + 1).padStart(numberWidth)}  ${ids[i]!.padEnd(idWidth)}  ${shown[i]!.padStart(scoreWidth)}  ${places}  `,
        { text: '█'.repeat(cells), as: 'bar' },
      ]
    }),
  ]
}

/** The document, and which part of it was found. */
function placeOf({ documentId, payload }: RankedHit): string {
  const { [STORED_FIELDS.chunk]: chunk, [STORED_FIELDS.chunks]: chunks } = payload ?? {}
  const isChunk = typeof chunk === 'number' && typeof chunks === 'number'
  return isChunk ? `${documentId}, part ${chunk + 1} of ${chunks}` : String(documentId)
}

/** The title of a document, also where programs keep fields in `metadata`. */
function titleOf(payload: Payload | null): string | null {
  const { title, metadata } = payload ?? {}
  const found = title ?? (isObject(metadata) ? metadata.title : undefined)
  return typeof found === 'string' && found.trim() !== '' ? found.replace(/\s+/g, ' ').trim() : null
}
