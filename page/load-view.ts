import { askText } from './api.js'
import { byId, countOf, drawn, element } from './dom.js'

const EVERY_MS = 2_000
/** Two minutes. */
const KEPT = 60
const WIDTH = 240
const HEIGHT = 56

/** Samples of the metrics by name and labels, such as `offgrid_texts_total{model="…",side="query"}`. */
export type Samples = ReadonlyMap<string, number>

/** Prometheus's text format, as far as this service writes it. */
export function parseMetrics(text: string): Samples {
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^([^#\s{]+(?:\{.*\})?) (\S+)$/.exec(line) ?? []
    if (name !== undefined) samples.set(name, Number(value))
  }
  return samples
}

/** Sum of all samples of a name whose labels hold a text. */
export function sumOf(samples: Samples, name: string, labels = ''): number {
  let sum = 0
  for (const [key, value] of samples) {
    if ((key === name || key.startsWith(`${name}{`)) && key.includes(labels)) sum += value
  }
  return sum
}

/** A quantile of what a histogram counted between two looks, in its unit; null where nothing was counted. */
export function quantileBetween(before: Samples, after: Samples, name: string, share: number): number | null {
  const counts = new Map<number, number>()
  for (const [key, value] of after) {
    const bound = key.startsWith(`${name}_bucket{`) ? /le="([^"]+)"/.exec(key)?.[1] : undefined
    if (bound === undefined) continue
    const limit = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)
    counts.set(limit, (counts.get(limit) ?? 0) + value - (before.get(key) ?? 0))
  }
  const bounds = [...counts.keys()].sort((a, b) => a - b)
  const total = counts.get(Number.POSITIVE_INFINITY) ?? 0
  if (total === 0) return null
  return bounds.find((bound) => counts.get(bound)! >= share * total) ?? null
}

interface Figure {
  readonly title: string
  readonly unit: string
  readonly read: (now: Samples, before: Samples, seconds: number) => number | null
}

const rate = (name: string, labels?: string) => (now: Samples, before: Samples, seconds: number) =>
  Math.max(0, (sumOf(now, name, labels) - sumOf(before, name, labels)) / seconds)
const gauge =
  (name: string, factor = 1, labels?: string) =>
  (now: Samples) =>
    sumOf(now, name, labels) * factor

const FIGURES: readonly Figure[] = [
  { title: 'Requests', unit: 'per second', read: rate('offgrid_http_requests_total') },
  {
    title: 'Time of an answer, 95 of 100 within',
    unit: 'ms',
    read: (now, before) => {
      const seconds = quantileBetween(before, now, 'offgrid_http_request_seconds', 0.95)
      return seconds === null ? null : seconds * 1000
    },
  },
  { title: 'Texts embedded', unit: 'per second', read: rate('offgrid_texts_total') },
  { title: 'Tokens embedded', unit: 'per second', read: rate('offgrid_tokens_total') },
  { title: 'Workers busy', unit: 'batches', read: gauge('offgrid_batches_working') },
  { title: 'Queries waiting', unit: 'tokens', read: gauge('offgrid_queue_tokens', 1, 'queue="queries"') },
  { title: 'Documents waiting', unit: 'tokens', read: gauge('offgrid_queue_tokens', 1, 'queue="documents"') },
  { title: 'Memory of the process', unit: 'MB', read: gauge('offgrid_resident_memory_bytes', 1e-6) },
  { title: 'Longest stall since the last look', unit: 'ms', read: gauge('offgrid_stall_seconds', 1000) },
]

/** The second view: what the service is doing now. It asks for the metrics as long as somebody looks. */
export class LoadView {
  readonly #tiles = byId('load-tiles')
  readonly #status = byId('load-status')
  readonly #series = FIGURES.map((): (number | null)[] => [])
  #before: { readonly samples: Samples; readonly at: number } | null = null
  #timer: number | undefined

  start(): void {
    this.stop()
    void this.#look()
    this.#timer = setInterval(() => void this.#look(), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    if (document.hidden) return
    try {
      const samples = parseMetrics(await askText('/metrics'))
      const at = performance.now()
      const before = this.#before ?? { samples, at: at - EVERY_MS }
      const seconds = Math.max(0.001, (at - before.at) / 1000)
      for (const [i, { read }] of FIGURES.entries()) {
        this.#series[i] = [...this.#series[i]!, read(samples, before.samples, seconds)].slice(-KEPT)
      }
      this.#before = { samples, at }
      this.#draw(samples)
      this.#status.className = 'soft'
      this.#status.textContent = `Every ${EVERY_MS / 1000} seconds, the last two minutes. ${countOf(sumOf(samples, 'offgrid_workers'), 'worker')}, ${countOf(sumOf(samples, 'offgrid_http_requests_total'), 'request')} since the start.`
    } catch (error) {
      this.#status.className = 'error'
      this.#status.textContent = (error as Error).message
    }
  }

  #draw(samples: Samples): void {
    this.#tiles.replaceChildren(
      ...FIGURES.map(({ title, unit }, i) => {
        const series = this.#series[i]!
        const now = series.at(-1) ?? null
        return element(
          'div',
          { class: 'tile' },
          element('h2', { textContent: title }),
          element(
            'p',
            { class: 'figure' },
            now === null ? '–' : shown(now),
            element('span', { class: 'soft', textContent: ` ${unit}` }),
          ),
          spark(series),
        )
      }),
    )
    const rows = [...samples]
      .filter(([key]) => key.startsWith('offgrid_http_requests_total{'))
      .map(
        ([key, value]) =>
          [/route="([^"]*)"/.exec(key)?.[1] ?? '', /status="([^"]*)"/.exec(key)?.[1] ?? '', value] as const,
      )
      .sort((a, b) => b[2] - a[2])
      .slice(0, 15)
    byId('load-routes').replaceChildren(
      ...rows.map(([route, status, count]) =>
        element(
          'tr',
          {},
          element('td', {}, element('code', { textContent: route })),
          element('td', { textContent: status }),
          element('td', { class: 'number', textContent: count.toLocaleString('en-US') }),
        ),
      ),
    )
  }
}

function spark(series: readonly (number | null)[]): SVGElement {
  const most = Math.max(...series.map((value) => value ?? 0), 1e-9)
  const points = series.flatMap((value, i) =>
    value === null
      ? []
      : [`${(WIDTH * (KEPT - series.length + i)) / (KEPT - 1)},${HEIGHT - 4 - (value / most) * (HEIGHT - 8)}`],
  )
  return drawn(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'spark', 'aria-hidden': 'true', preserveAspectRatio: 'none' },
    drawn('line', { x1: 0, x2: WIDTH, y1: HEIGHT - 4, y2: HEIGHT - 4, class: 'below' }),
    drawn('polyline', { points: points.join(' ') }),
  )
}

function shown(value: number): string {
  if (value === 0 || value >= 10) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(1)
}
