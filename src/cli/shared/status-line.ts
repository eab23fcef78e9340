import { cutToWidth, widthOf } from './fit-width.js'
import { printable } from './printable.js'
import { type ColourStream, plainText, printableParts, type StyledPart, takesColours, written } from './styled.js'

/** A terminal, as far as a status line needs one. */
export interface TerminalStream extends ColourStream {
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
  update(fraction: number | null, parts: readonly StyledPart[]): void {
    if (this.#isStopped) return
    const columns = this.#stream.columns || DEFAULT_COLUMNS
    const line = fitStatus(columns - ROOM_FOR_ECHO, this.#title, fraction, parts)
    this.#line = written(line, takesColours(this.#stream))
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

/**
 * A status in at most so many columns: the title, a bar and the share where that is known, then the parts. A part that does not fit is left out,
 * with all that matter less.
 */
export function fitStatus(
  columns: number,
  title: string,
  fraction: number | null,
  parts: readonly StyledPart[],
): readonly StyledPart[] {
  const cells = columns < NARROW_COLUMNS ? SHORT_BAR_CELLS : BAR_CELLS
  const name: StyledPart = { text: printable(title), as: 'strong' }
  const head: StyledPart[] =
    fraction === null
      ? [name]
      : [
          name,
          ' ',
          { text: bar(fraction, cells), as: 'bar' },
          { text: ` ${Math.floor(fraction * 100)}%`, as: 'strong' },
        ]
  let width = widthOf(plainText(head))
  if (width > columns) return [cutToWidth(plainText(head), columns)]
  const line = head
  for (const [i, part] of printableParts(parts).entries()) {
    const before = i === 0 ? ' ' : ', '
    width += before.length + widthOf(plainText([part]))
    if (width > columns) break
    line.push(before, part)
  }
  return line
}

function bar(fraction: number, cells: number): string {
  const full = Math.min(cells, Math.round(fraction * cells))
  return '█'.repeat(full) + '░'.repeat(cells - full)
}
