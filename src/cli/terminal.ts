import { SingleBar } from 'cli-progress'

/** What every command takes. */
export interface CommonFlags {
  readonly json?: boolean
  readonly quiet?: boolean
}

/** How often a progress line is written where there is no terminal, in milliseconds (OFFGRID_PROGRESS_MS). */
const PLAIN_INTERVAL_MS = Number(process.env.OFFGRID_PROGRESS_MS ?? 5_000)

/** stdout for results, stderr for progress and notes. With --json, stdout gets one JSON object and nothing else. */
export class Terminal {
  static #hasResult = false
  readonly isJson: boolean
  readonly #isQuiet: boolean

  constructor(flags: CommonFlags) {
    this.isJson = flags.json === true
    this.#isQuiet = flags.quiet === true
  }

  /** The command's result: as JSON where it was asked for, else as text. */
  result(json: object, text: string): void {
    Terminal.#hasResult = true
    process.stdout.write(this.isJson ? `${JSON.stringify(json)}\n` : `${text}\n`)
  }

  /** What stands in place of a result with --json when a command fails. */
  static failure(code: string, message: string): void {
    if (!Terminal.#hasResult) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`)
  }

  note(line: string): void {
    if (!this.#isQuiet) process.stderr.write(`${line}\n`)
  }

  /** Shown whatever --quiet says. */
  warn(line: string): void {
    process.stderr.write(`${line}\n`)
  }

  /** A bar on a terminal, a plain line now and then elsewhere. `fraction` is 0 … 1, or null where the total is not known. */
  progress(title: string): { update(fraction: number | null, text: string): void; stop(): void } {
    if (this.#isQuiet) return { update() {}, stop() {} }
    if (process.stderr.isTTY !== true) return this.#plainProgress(title)
    const bar = new SingleBar({
      format: `${title} {bar} {percentage}% {text}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      stream: process.stderr,
    })
    bar.start(1000, 0, { text: '' })
    return {
      update: (fraction, text) => bar.update(Math.round((fraction ?? 0) * 1000), { text }),
      stop: () => bar.stop(),
    }
  }

  #plainProgress(title: string) {
    let last = performance.now()
    return {
      update: (fraction: number | null, text: string) => {
        if (performance.now() - last < PLAIN_INTERVAL_MS) return
        last = performance.now()
        const share = fraction === null ? '' : ` ${Math.round(fraction * 100)}%`
        process.stderr.write(`${title}${share} ${text}\n`)
      },
      stop() {},
    }
  }
}

/** Seconds as a person reads them: 8 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

/** Rows as a table with columns aligned; numbers to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map(String))
  const widths = header.map((name, column) => Math.max(name.length, ...texts.map((row) => row[column]!.length)))
  const isNumeric = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[-\d.,]*$/.test(String(row[column]))),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...texts.map(line)].join('\n')
}
