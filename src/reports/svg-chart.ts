import { escapeHtml } from './escape-html.js'

/** A bar with the single values that its length is the median of. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly values: readonly number[]
  /** What stands behind the bar. */
  readonly text: string
  /** Bars of another library look different. */
  readonly isPeer: boolean
}

const WIDTH = 860
const LABEL_WIDTH = 320
const TEXT_WIDTH = 130
const BAR_HEIGHT = 16
const ROW_HEIGHT = 26
/** Characters of a label that fit in front of a bar. */
const LABEL_LENGTH = 50

/** Horizontal bars from zero, each value as a dot, as inline SVG. @param title what a screen reader says of it */
export function drawBars(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.flatMap(({ value, values }) => [value, ...values]), Number.MIN_VALUE)
  const scale = (value: number) => (value / most) * (WIDTH - LABEL_WIDTH - TEXT_WIDTH)
  const rows = bars.map(({ label, value, values, text, isPeer }, i) => {
    const top = i * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2
    const middle = top + BAR_HEIGHT / 2
    const dots = values.map(
      (one) => `<circle cx="${round(LABEL_WIDTH + scale(one))}" cy="${middle}" r="2.5" class="dot"/>`,
    )
    const end = LABEL_WIDTH + scale(Math.max(value, ...values))
    return [
      labelAt(label, middle),
      `<rect x="${LABEL_WIDTH}" y="${top}" width="${round(scale(value))}" height="${BAR_HEIGHT}" rx="2" class="${isPeer ? 'peer' : 'bar'}"/>`,
      ...dots,
      textAt(end + 8, middle, text, 'value'),
    ].join('')
  })
  return svg(title, bars.length * ROW_HEIGHT, rows)
}

/** A mean with the interval in which it lies. */
export interface IntervalRow {
  readonly label: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly text: string
}

/** Means as dots with their intervals as lines, on one axis that shows no more than they need. */
export function drawIntervals(title: string, rows: readonly IntervalRow[], formatX: (x: number) => string): string {
  const [least, most] = widened(rows.flatMap(({ low, high, value }) => [low, high, value]))
  const scale = (x: number) => round(LABEL_WIDTH + ((x - least) / (most - least)) * (WIDTH - LABEL_WIDTH - TEXT_WIDTH))
  const bottom = rows.length * ROW_HEIGHT
  const ticks = ticksOf(least, most).map(
    (x) =>
      `<line x1="${scale(x)}" x2="${scale(x)}" y1="0" y2="${bottom}" class="${x === 0 ? 'zero' : 'grid'}"/>${textAt(scale(x), bottom + 14, formatX(x), 'tick')}`,
  )
  const drawn = rows.map(({ label, value, low, high, text }, i) => {
    const y = i * ROW_HEIGHT + ROW_HEIGHT / 2
    return [
      labelAt(label, y),
      `<line x1="${scale(low)}" x2="${scale(high)}" y1="${y}" y2="${y}" class="interval"/>`,
      ...[low, high].map(
        (x) => `<line x1="${scale(x)}" x2="${scale(x)}" y1="${y - 5}" y2="${y + 5}" class="interval"/>`,
      ),
      `<circle cx="${scale(value)}" cy="${y}" r="4.5" class="mean"/>`,
      textAt(WIDTH - TEXT_WIDTH + 8, y, text, 'value'),
    ].join('')
  })
  return svg(title, bottom + 24, [...ticks, ...drawn])
}

/** A point with what is written beside it. */
export interface LabelledPoint {
  readonly label: string
  readonly x: number
  readonly y: number
  readonly isPeer: boolean
}

const CHART_HEIGHT = 340
const MARGIN = { left: 70, right: 30, top: 20, bottom: 48 }
/** Least distance between two labels, in pixels. */
const LABEL_GAP = 15

/** Points over a logarithmic x-axis; `x` must be above zero. Labels that would lie on each other are moved apart. */
export function drawPoints(
  title: string,
  points: readonly LabelledPoint[],
  axes: { readonly x: string; readonly y: string; readonly formatX: (x: number) => string },
): string {
  const logs = points.map(({ x }) => Math.log10(x))
  const [low, high] = [Math.min(...logs) - 0.15, Math.max(...logs) + 0.55]
  const [least, most] = widened(points.map(({ y }) => y))
  const plot = { width: WIDTH - MARGIN.left - MARGIN.right, height: CHART_HEIGHT - MARGIN.top - MARGIN.bottom }
  const xOf = (x: number) => round(MARGIN.left + ((Math.log10(x) - low) / (high - low)) * plot.width)
  const yOf = (y: number) => round(MARGIN.top + (1 - (y - least) / (most - least)) * plot.height)
  const bottom = MARGIN.top + plot.height
  const grid = [
    ...ticksOf(least, most).map(
      (y) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${yOf(y)}" y2="${yOf(y)}" class="grid"/>${textAt(MARGIN.left - 8, yOf(y), String(Number(y.toFixed(6))), 'label')}`,
    ),
    ...decadesOf(low, high).map(
      (x) =>
        `<line x1="${xOf(x)}" x2="${xOf(x)}" y1="${MARGIN.top}" y2="${bottom}" class="grid"/>${textAt(xOf(x), bottom + 16, axes.formatX(x), 'tick')}`,
    ),
    textAt(MARGIN.left + plot.width / 2, CHART_HEIGHT - 8, axes.x, 'tick'),
    `<text transform="translate(14 ${MARGIN.top + plot.height / 2}) rotate(-90)" class="tick">${escapeHtml(axes.y)}</text>`,
  ]
  let labelled: { x: number; y: number }[] = []
  const drawn = [...points]
    .sort((a, b) => b.y - a.y)
    .map(({ label, x, y, isPeer }) => {
      const [px, py] = [xOf(x), yOf(y)]
      let at = py
      for (const other of labelled)
        if (Math.abs(other.x - px) < 230 && at - other.y < LABEL_GAP) at = other.y + LABEL_GAP
      labelled = [...labelled, { x: px, y: at }]
      return `<circle cx="${px}" cy="${py}" r="5" class="${isPeer ? 'peer' : 'bar'}"/>${textAt(px + 10, at, label, 'value')}`
    })
  return svg(title, CHART_HEIGHT, [...grid, ...drawn])
}

export interface Line {
  readonly label: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

const LINES_HEIGHT = 240

/** Lines over a logarithmic x-axis and a y-axis from zero, as inline SVG; `x` and `y` must be above zero. */
export function drawLines(
  title: string,
  lines: readonly Line[],
  xTitle: string,
  formatY: (y: number) => string,
): string {
  const points = lines.flatMap((line) => line.points)
  const logs = points.map(({ x }) => Math.log10(x))
  const [low, high] = [Math.min(...logs), Math.max(...logs)]
  const most = Math.max(...points.map(({ y }) => y))
  const plotWidth = WIDTH - MARGIN.left - MARGIN.right
  const plotHeight = LINES_HEIGHT - MARGIN.top - MARGIN.bottom
  const xOf = (x: number) => round(MARGIN.left + ((Math.log10(x) - low) / (high - low || 1)) * plotWidth)
  const yOf = (y: number) => round(MARGIN.top + (1 - y / most) * plotHeight)
  const drawn = lines.map(({ label, points }, i) => {
    const path = points.map(({ x, y }) => `${xOf(x)},${yOf(y)}`).join(' ')
    const last = points.at(-1)
    if (last === undefined) return ''
    return `<polyline points="${path}" class="line line-${i % 3}"/>${textAt(xOf(last.x), yOf(last.y) - 8, label, 'end')}`
  })
  const ticks = [0, 0.5, 1].map(
    (share) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${yOf(most * share)}" y2="${yOf(most * share)}" class="grid"/>${textAt(MARGIN.left - 8, yOf(most * share), formatY(most * share), 'label')}`,
  )
  const xTicks = decadesOf(low, high).map((x) =>
    textAt(xOf(x), MARGIN.top + plotHeight + 16, x.toLocaleString('en-US'), 'tick'),
  )
  const xLabel = textAt(MARGIN.left + plotWidth / 2, LINES_HEIGHT - 4, xTitle, 'tick')
  return svg(title, LINES_HEIGHT, [...ticks, ...xTicks, xLabel, ...drawn])
}

const STEPS_HEIGHT = 180

/** Values in the order in which they come, each a thin bar up or down from zero, between -1 and 1. */
export function drawDifferences(title: string, values: readonly number[]): string {
  const plotWidth = WIDTH - MARGIN.left - MARGIN.right
  const step = plotWidth / Math.max(1, values.length)
  const yOf = (value: number) => round((STEPS_HEIGHT / 2) * (1 - value * 0.95))
  const ticks = [-1, -0.5, 0, 0.5, 1].map(
    (value) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${yOf(value)}" y2="${yOf(value)}" class="${value === 0 ? 'zero' : 'grid'}"/>${textAt(MARGIN.left - 8, yOf(value), withSign(value, 1), 'label')}`,
  )
  const bars = values.map((value, i) => {
    const [from, to] = [yOf(Math.max(0, value)), yOf(Math.min(0, value))]
    if (value === 0) return ''
    return `<rect x="${round(MARGIN.left + i * step)}" y="${from}" width="${round(Math.max(0.8, step * 0.85))}" height="${round(to - from)}" class="${value > 0 ? 'gain' : 'loss'}"/>`
  })
  return svg(title, STEPS_HEIGHT, [...ticks, ...bars])
}

/** `+0.012`, `−0.3`. */
export function withSign(value: number, digits: number): string {
  return value === 0 ? '0' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
}

function svg(title: string, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">${parts.join('')}</svg>`
}

function textAt(x: number, y: number, text: string, className: string): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${className}">${escapeHtml(text)}</text>`
}

function labelAt(label: string, y: number): string {
  return textAt(
    LABEL_WIDTH - 8,
    y,
    label.length > LABEL_LENGTH ? `${label.slice(0, LABEL_LENGTH - 1)}…` : label,
    'label',
  )
}

/** The range of values with some room on both sides. */
function widened(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = (most - least || Math.abs(most) || 1) * 0.08
  return [least - room, most + room]
}

/** About five round numbers of a range. */
function ticksOf(least: number, most: number): number[] {
  const rough = (most - least) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!
  const first = Math.ceil(least / step)
  return Array.from({ length: Math.floor(most / step) - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(10)))
}

/** Powers of ten of a range of logarithms, and, where that is but one, twice and five times them. */
function decadesOf(low: number, high: number): number[] {
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => 10 ** (Math.floor(low) + i))
  const inside = (values: number[]) => values.filter((x) => Math.log10(x) >= low - 1e-9 && Math.log10(x) <= high + 1e-9)
  const decades = inside(powers)
  return decades.length > 2 ? decades : inside(powers.flatMap((x) => [x, 2 * x, 5 * x]))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
