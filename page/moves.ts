import type { Hit, Method } from './api.js'
import { drawn, element } from './dom.js'
import { METHOD_NAMES } from './settings.js'

const COLUMN = 84
const ROW = 30
const TOP = 34
const RADIUS = 11

/** Rows between the last hit that is shown and the ranks below it, which stand there in their order. */
const GAP = 0.6

/**
 * The way of each hit through the lists, as lines from the left to the right: where each list had it, and where it came out.
 * @param rerank whether late interaction came after the fusion
 */
export function drawMoves(hits: readonly Hit[], rerank: boolean): HTMLElement {
  const lists = (rerank ? ['dense', 'bm25', 'fused', 'late'] : ['dense', 'bm25', 'late']) as (Method | 'fused')[]
  const columns = lists.filter((list) => hits.some(({ ranks }) => ranks[list] !== null))
  const shown = hits.length
  const width = COLUMN * (columns.length + 1)
  const xOf = (column: number) => COLUMN * (column + 0.5)
  const further = columns.map((list) =>
    hits
      .flatMap(({ ranks }) => (ranks[list] !== null && ranks[list] > shown ? [ranks[list]] : []))
      .sort((a, b) => a - b),
  )
  const height = TOP + ROW * (shown + GAP + Math.max(0, ...further.map((ranks) => ranks.length)))
  const yOf = (rank: number, column: number) => {
    const row = rank <= shown ? rank - 1 : shown + GAP + further[column]!.indexOf(rank)
    return TOP + ROW * (row + 0.5)
  }
  const hasFurther = further.some((ranks) => ranks.length > 0)
  const heads = [...columns.map((list) => METHOD_NAMES[list]), 'Result'].map((name, i) =>
    drawn('text', { x: xOf(i), y: 16, class: 'head' }, name),
  )
  const belowY = TOP + ROW * (shown + GAP / 2)
  const below = hasFurther && drawn('line', { x1: 0, x2: width - COLUMN, y1: belowY, y2: belowY, class: 'below' })
  const lines = hits.map((hit, i) => {
    const ranks = [...columns.map((list) => hit.ranks[list]), i + 1]
    const places = ranks.flatMap((rank, column) =>
      rank === null ? [] : [{ rank, column, x: xOf(column), y: yOf(rank, column) }],
    )
    const segments = places.slice(1).map((to, j) => {
      const from = places[j]!
      const bend = (to.x - from.x) / 2
      const path = `M${from.x},${from.y} C${from.x + bend},${from.y} ${to.x - bend},${to.y} ${to.x},${to.y}`
      return drawn('path', { d: path, class: to.column - from.column > 1 ? 'gap' : '' })
    })
    const nodes = places.map(({ rank, column, x, y }) => {
      const list = columns[column]
      return drawn(
        'g',
        { class: list === undefined ? 'node result' : `node node-${list}` },
        drawn('circle', { cx: x, cy: y, r: RADIUS }),
        drawn('text', { x, y: y + 4 }, String(rank)),
      )
    })
    return drawn('g', { class: 'move', 'data-hit': i }, ...segments, ...nodes)
  })
  const picture = drawn(
    'svg',
    {
      ...{ viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' },
      'aria-label': 'Ranks of the hits in each list; every hit says its own in words.',
    },
    ...heads,
    below,
    ...lines,
  )
  const note =
    'Each line is a hit: its rank in each list, then in the result. Below the dashes: further down in that list.'
  return element(
    'figure',
    { class: 'moves' },
    picture,
    element('figcaption', { class: 'soft small', textContent: note }),
  )
}
