import type { Matches, Place } from './api.js'
import { element } from './dom.js'

/** Late matches below this say nothing that a reader should look at: most tokens are alike to some degree. */
const SHOWN_SCORE = 0.35

/** A part of a text that is set apart. */
interface Mark {
  readonly start: number
  readonly end: number
  readonly isWord: boolean
  /** Words of the question that met this word, by their places in it, with their scores. */
  readonly met: readonly { readonly query: string; readonly score: number }[]
}

/** A question, and what of it was found in one passage. */
export interface Found {
  readonly question: string
  /** Words of the question that are no stopwords, by their keys. */
  readonly counted: ReadonlySet<string>
  readonly matches: Matches | null
}

export const keyOf = ([start, end]: Place): string => `${start}-${end}`

/**
 * A text with what BM25 found in bold, and what late interaction met underlined. A word says in `data-met` which words of the question it met.
 * @param from where in the text to begin, `to` where to end
 */
export function highlighted(text: string, { matches, counted, question }: Found, from = 0, to = text.length): Node[] {
  const nodes: Node[] = []
  let at = from
  for (const { start, end, isWord, met } of marksOf(matches)) {
    if (start < at || end > to) continue
    if (start > at) nodes.push(document.createTextNode(text.slice(at, start)))
    const said = met.map(({ query, score }) => {
      const [begin = 0, stop = 0] = query.split('-').map(Number)
      return `“${question.slice(begin, stop)}” ${score.toFixed(2)}`
    })
    // what only stopwords met is shown when one points at them
    const isAside = !met.some(({ query }) => counted.has(query))
    nodes.push(
      element(isWord ? 'mark' : 'span', {
        class: `${isWord ? 'word' : ''}${met.length > 0 ? ' met' : ''}${isAside ? ' aside' : ''}`,
        textContent: text.slice(start, end),
        ...(met.length > 0 && { 'data-met': met.map(({ query }) => query).join(' '), title: `met ${said.join(', ')}` }),
      }),
    )
    at = end
  }
  nodes.push(document.createTextNode(text.slice(at, to)))
  return nodes
}

function marksOf(matches: Matches | null): Mark[] {
  const marks = new Map<number, Mark>()
  for (const { start, end } of matches?.words ?? []) marks.set(start, { start, end, isWord: true, met: [] })
  for (const { query, text, score } of matches?.tokens ?? []) {
    if (score < SHOWN_SCORE) continue
    const [start, end] = text
    const before = marks.get(start)
    const met = [...(before?.met ?? []), { query: keyOf(query), score }]
    marks.set(start, { start, end: Math.max(end, before?.end ?? 0), isWord: before?.isWord ?? false, met })
  }
  return [...marks.values()].sort((a, b) => a.start - b.start)
}

/** Words of the question that met something, each once. */
export function metWords(all: readonly Matches[]): Place[] {
  const places = new Map<string, Place>()
  for (const { tokens } of all) for (const { query } of tokens) places.set(keyOf(query), query)
  return [...places.values()].sort((a, b) => a[0] - b[0])
}

/** Where an excerpt begins and ends, so that it shows most of what was found. */
export function excerptOf(text: string, matches: Matches | null, length: number): Place {
  if (text.length <= length) return [0, text.length]
  const starts = (matches?.words ?? []).map(({ start }) => start)
  let best = 0
  let most = 0
  for (const start of starts) {
    const count = starts.filter((each) => each >= start && each < start + length * 0.8).length
    if (count <= most) continue
    most = count
    best = start
  }
  let from = Math.max(0, best - Math.round(length * 0.15))
  if (from > 0) from = text.indexOf(' ', from) + 1
  const to = Math.min(text.length, from + length)
  const end = to < text.length ? text.lastIndexOf(' ', to) : to
  return [from, end > from ? end : to]
}
