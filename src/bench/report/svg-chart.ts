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

const WIDTH = 760
const LABEL_WIDTH = 250
const TEXT_WIDTH = 110
const BAR_HEIGHT = 16
const ROW_HEIGHT = 26

/** Horizontal bars from zero, each value as a dot, as inline SVG. */
export function drawBars(bars: readonly Bar[]): string {
  const most = Math.max(...bars.flatMap(({ value, values }) => [value, ...values]), Number.MIN_VALUE)
  const scale = (value: number) => (value / most) * (WIDTH - LABEL_WIDTH - TEXT_WIDTH)
  const height = bars.length * ROW_HEIGHT
  const rows = bars.map(({ label, value, values, text, isPeer }, i) => {
    const top = i * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2
    const middle = top + BAR_HEIGHT / 2
    const dots = values.map(
      (one) => `<circle cx="${round(LABEL_WIDTH + scale(one))}" cy="${middle}" r="2.5" class="dot"/>`,
    )
    const end = LABEL_WIDTH + scale(Math.max(value, ...values))
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${middle}" class="label">${escapeHtml(label)}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${top}" width="${round(scale(value))}" height="${BAR_HEIGHT}" rx="2" class="${isPeer ? 'peer' : 'bar'}"/>`,
      ...dots,
      `<text x="${round(end + 8)}" y="${middle}" class="value">${escapeHtml(text)}</text>`,
    ].join('')
  })
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="bar chart">${rows.join('')}</svg>`
}

/** A line by its points. */
export interface Line {
  readonly label: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

const CHART_HEIGHT = 240
const MARGIN = { left: 70, right: 20, top: 20, bottom: 40 }

/** Lines over a logarithmic x-axis and a y-axis from zero, as inline SVG; `x` and `y` must be above zero. */
export function drawLines(lines: readonly Line[], xTitle: string, formatY: (y: number) => string): string {
  const points = lines.flatMap((line) => line.points)
  const logs = points.map(({ x }) => Math.log10(x))
  const [low, high] = [Math.min(...logs), Math.max(...logs)]
  const most = Math.max(...points.map(({ y }) => y))
  const plotWidth = WIDTH - MARGIN.left - MARGIN.right
  const plotHeight = CHART_HEIGHT - MARGIN.top - MARGIN.bottom
  const xOf = (x: number) => round(MARGIN.left + ((Math.log10(x) - low) / (high - low || 1)) * plotWidth)
  const yOf = (y: number) => round(MARGIN.top + (1 - y / most) * plotHeight)
  const bottom = MARGIN.top + plotHeight
  const drawn = lines.map(({ label, points }, i) => {
    const path = points.map(({ x, y }) => `${xOf(x)},${yOf(y)}`).join(' ')
    const last = points.at(-1)
    if (last === undefined) return ''
    return `<polyline points="${path}" class="line line-${i % 3}"/><text x="${xOf(last.x)}" y="${yOf(last.y) - 8}" class="end">${escapeHtml(label)}</text>`
  })
  const ticks = [0, 0.5, 1].map(
    (share) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${yOf(most * share)}" y2="${yOf(most * share)}" class="grid"/>` +
      `<text x="${MARGIN.left - 8}" y="${yOf(most * share)}" class="label">${escapeHtml(formatY(most * share))}</text>`,
  )
  const decades = Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, i) => 10 ** (Math.ceil(low) + i))
  const xTicks = decades.map(
    (x) => `<text x="${xOf(x)}" y="${bottom + 16}" class="tick">${x.toLocaleString('en-US')}</text>`,
  )
  const title = `<text x="${MARGIN.left + plotWidth / 2}" y="${CHART_HEIGHT - 4}" class="tick">${escapeHtml(xTitle)}</text>`
  return `<svg viewBox="0 0 ${WIDTH} ${CHART_HEIGHT}" role="img" aria-label="line chart">${[...ticks, ...xTicks, title, ...drawn].join('')}</svg>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
