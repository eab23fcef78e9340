/** A terminal, as far as a status line needs one. */
export interface TerminalStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

const BAR_CELLS = 24
const SHORT_BAR_CELLS = 10
/** Below this width the bar says less than what would have to go for it. */
const NARROW_COLUMNS = 100
/** The terminal itself writes ^C behind the line, which must not be pushed to the next. */
const ROOM_FOR_ECHO = 3
const DEFAULT_COLUMNS = 80
const REDRAW_MS = 100
/** To the first column, and nothing left behind it. */
export const TO_LINE_START = '\r\x1b[K'
/** Characters that take two columns: Hangul, CJK, Kana, full-width forms. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** A line at the bottom of a terminal that is written over and over, and never longer than the terminal is wide. */
export class StatusLine {
  readonly #stream: TerminalStream
  readonly #title: string
  #line = ''
  #drawnAt = Number.NEGATIVE_INFINITY
  #isStopped = false

  constructor(stream: TerminalStream, title: string) {
    this.#stream = stream
    this.#title = title
    this.update(null, [])
  }

  /** @param parts what matters most first; those that do not fit are left out */
  update(fraction: number | null, parts: readonly string[]): void {
    if (this.#isStopped) return
    const columns = this.#stream.columns || DEFAULT_COLUMNS
    this.#line = fitStatus(columns - ROOM_FOR_ECHO, this.#title, fraction, parts)
    const now = performance.now()
    if (now - this.#drawnAt < REDRAW_MS) return
    this.#drawnAt = now
    this.#stream.write(TO_LINE_START + this.#line)
  }

  /** Writes lines of their own above it, in the place of what the terminal may have echoed behind it. */
  interject(text: string): void {
    this.#stream.write(`${TO_LINE_START}${text}\n${this.#isStopped ? '' : this.#line}`)
  }

  /** Takes the line away, so that what follows begins at the left. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#stream.write(TO_LINE_START)
  }
}

/** A status in at most so many columns: title, bar and share where that is known, then as many of the parts as fit. */
export function fitStatus(columns: number, title: string, fraction: number | null, parts: readonly string[]): string {
  const cells = columns < NARROW_COLUMNS ? SHORT_BAR_CELLS : BAR_CELLS
  const share = fraction === null ? '' : ` ${bar(fraction, cells)} ${Math.floor(fraction * 100)}%`
  let line = cut(`${title}${share}`, columns)
  for (const [i, part] of parts.entries()) {
    const longer = `${line}${i === 0 ? ' ' : ', '}${part}`
    if (widthOf(longer) > columns) break
    line = longer
  }
  return line
}

function bar(fraction: number, cells: number): string {
  const full = Math.min(cells, Math.round(fraction * cells))
  return '█'.repeat(full) + '░'.repeat(cells - full)
}

function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += WIDE.test(character) ? 2 : 1
  return width
}

function cut(text: string, columns: number): string {
  let kept = ''
  for (const character of text) {
    if (widthOf(kept + character) > columns) break
    kept += character
  }
  return kept
}
