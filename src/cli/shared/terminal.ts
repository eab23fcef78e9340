import { widthOf, wrapLine } from './fit-width.js'
import { printable, printableJson } from './printable.js'
import { commandLines, formatCommand } from './shell-command.js'
import { StatusLine, type TerminalStream, TO_LINE_START } from './status-line.js'
import { plainText, type StyledLine, type StyledPart, takesColours, written } from './styled.js'

/** What every command takes. */
export interface CommonFlags {
  readonly json?: boolean
  readonly quiet?: boolean
}

/** How often a progress line is written where there is no terminal, in milliseconds (OFFGRID_PROGRESS_MS). */
const PLAIN_INTERVAL_MS = Number(process.env.OFFGRID_PROGRESS_MS ?? 5_000)

/**
 * stdout for results, stderr for progress and notes. With --json, stdout gets one JSON object and nothing else. Nothing that a document, a file's
 * name or a server says reaches a terminal as anything but text ({@link printable}).
 */
export class Terminal {
  static #hasResult = false
  readonly isJson: boolean
  readonly #isQuiet: boolean
  readonly #stderr: TerminalStream
  #line: StatusLine | null = null

  constructor(flags: CommonFlags, stderr: TerminalStream = process.stderr) {
    this.isJson = flags.json === true
    this.#isQuiet = flags.quiet === true
    this.#stderr = stderr
  }

  /** Columns of the terminal that results go to; null where they go to a file or another program. */
  static get columns(): number | null {
    return process.stdout.isTTY === true ? process.stdout.columns || null : null
  }

  /** The command's result: as JSON where it was asked for, else as text, which is broken between words where a terminal is narrower. */
  result(json: object, text: string | readonly StyledLine[]): void {
    Terminal.#hasResult = true
    this.#line?.stop()
    const lines = typeof text === 'string' ? text.split('\n') : text
    process.stdout.write(`${this.isJson ? printableJson(json) : fitted(lines, process.stdout)}\n`)
  }

  /** What stands in place of a result with --json when a command fails. */
  static failure(code: string, message: string): void {
    if (!Terminal.#hasResult) process.stdout.write(`${printableJson({ error: { code, message } })}\n`)
  }

  note(line: StyledLine): void {
    if (!this.#isQuiet) this.warn(line)
  }

  /** Shown whatever --quiet says. */
  warn(line: StyledLine): void {
    const lines = typeof line === 'string' ? line.split('\n') : [line]
    this.#write(fitted(lines, isScreen(this.#stderr) ? this.#stderr : {}))
  }

  /** What happened, and the command to type now: where the terminal is narrower it is broken by backslashes, so that it can be pasted. */
  advise(what: string, args: readonly string[]): void {
    const line = `${what}: ${formatCommand(args)}`
    const { columns = 0 } = this.#stderr
    if (!isScreen(this.#stderr) || columns === 0 || widthOf(line) <= columns) this.warn(line)
    else {
      this.warn(`${what}:`)
      this.#write(commandLines(args, columns).map(printable).join('\n'))
    }
  }

  #write(text: string): void {
    if (this.#line !== null) this.#line.interject(text)
    // a terminal may have echoed ^C where the line begins
    else this.#stderr.write(`${isScreen(this.#stderr) ? TO_LINE_START : ''}${text}\n`)
  }

  /**
   * A line that changes on a terminal, a plain line now and then elsewhere. `fraction` is 0 … 1, or null where the total is not known;
   * of the parts, those that matter most stand first: a narrow terminal shows no more than fit.
   */
  progress(title: string): Progress {
    if (this.#isQuiet) return { update() {}, stop() {}, [Symbol.dispose]() {} }
    if (!isScreen(this.#stderr)) return this.#plainProgress(title)
    const line = new StatusLine(this.#stderr, title)
    this.#line = line
    const stop = () => line.stop()
    return { update: (fraction, ...parts) => line.update(fraction, parts), stop, [Symbol.dispose]: stop }
  }

  #plainProgress(title: string): Progress {
    let last = performance.now()
    return {
      update: (fraction, ...parts) => {
        if (performance.now() - last < PLAIN_INTERVAL_MS) return
        last = performance.now()
        const share = fraction === null ? '' : ` ${Math.floor(fraction * 100)}%`
        const said = parts.map((part) => plainText([part])).join(', ')
        this.#stderr.write(`${written(`${title}${share} ${said}`, false)}\n`)
      },
      stop() {},
      [Symbol.dispose]() {},
    }
  }
}

/** Lines as a stream shows them: none is broken where it is no terminal. */
function fitted(lines: readonly StyledLine[], stream: Partial<TerminalStream>): string {
  const hasColours = takesColours(stream)
  const columns = stream.isTTY === true ? stream.columns : undefined
  return lines
    .flatMap((line) => (columns ? wrapLine(line, columns) : [line]))
    .map((line) => written(line, hasColours))
    .join('\n')
}

/** Whether lines can be written over. */
function isScreen(stream: TerminalStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb'
}

/** How far a command is. */
export interface Progress extends Disposable {
  update(fraction: number | null, ...parts: readonly StyledPart[]): void
  stop(): void
}

/** Seconds as a person reads them: 8 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

export function formatSize(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : formatFileSize(bytes)
}

export function formatFileSize(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** A cell that is no longer stays in one piece, and no column of text is made narrower. */
const SHORT_CELL = 10

/**
 * Rows as a table with columns aligned; numbers to the right. Where a terminal is narrower, what is long is broken inside its column.
 * @param columns that there are; null for as many as are needed. @default those of the terminal that results go to
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  columns = Terminal.columns,
): string {
  const texts = rows.map((row) => row.map(String))
  const widths = header.map((name, column) => Math.max(name.length, ...texts.map((row) => row[column]!.length)))
  const isNumeric = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[-\d.,]*$/.test(String(row[column]))),
  )
  const between = columns === null ? 2 : narrowColumns(widths, header, texts, columns)
  const line = (cells: readonly string[]) => {
    const parts = cells.map((cell, column) =>
      cell.length <= widths[column]! ? [cell] : wrapLine(cell, widths[column]!, '').map(plainText),
    )
    const height = Math.max(...parts.map((part) => part.length))
    return Array.from({ length: height }, (_, i) =>
      parts
        .map(({ [i]: part = '' }, column) =>
          isNumeric[column] ? part.padStart(widths[column]!) : part.padEnd(widths[column]!),
        )
        .join(' '.repeat(between))
        .trimEnd(),
    ).join('\n')
  }
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...texts.map(line)].join('\n')
}

/**
 * Makes columns narrower until all fit: those of several words first, down to their longest word; then any that are long.
 * @returns columns between two
 */
function narrowColumns(
  widths: number[],
  header: readonly string[],
  texts: readonly (readonly string[])[],
  columns: number,
): number {
  const total = (between: number) => widths.reduce((sum, width) => sum + width, between * (widths.length - 1))
  if (total(2) <= columns) return 2
  const longestWord = (text: string) => Math.max(...text.split(/\s+/).map((word) => word.length))
  const wordWidths = header.map((name, column) =>
    Math.max(
      longestWord(name),
      ...texts.map(({ [column]: cell = '' }) => Math.max(Math.min(cell.length, SHORT_CELL), longestWord(cell))),
    ),
  )
  for (const least of [wordWidths, widths.map((width) => Math.min(width, SHORT_CELL))]) {
    while (total(1) > columns) {
      const widest = widths.reduce(
        (best, width, i) => (width > least[i]! && width > (widths[best] ?? 0) ? i : best),
        -1,
      )
      if (widest < 0) break
      widths[widest]! -= 1
    }
  }
  return 1
}

/** `1 document`, `2 documents`; the plural where adding an s is not it. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}
