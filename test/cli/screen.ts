/** A control sequence, or a character. */
const TOKEN = new RegExp(`${'\x1b'}\\[[\\d;?]*[A-Za-z]|[\\s\\S]`, 'gu')

/** What a terminal of so many columns shows after it was written to: lines, with wrapping where a text is too long. */
export class Screen {
  readonly isTTY = true
  readonly columns: number
  #lines: string[][] = [[]]
  #row = 0
  #column = 0
  /** Characters that did not fit on their line. */
  wrapped = 0

  constructor(columns: number) {
    this.columns = columns
  }

  write(text: string): void {
    for (const token of text.match(TOKEN) ?? []) this.#put(token)
  }

  get lines(): string[] {
    return this.#lines.map((line) => line.join('').trimEnd())
  }

  #put(token: string): void {
    if (token === '\r') this.#column = 0
    else if (token === '\n') this.#next()
    else if (token === '\x1b[K') this.#lines[this.#row]!.length = this.#column
    else if (token.startsWith('\x1b')) throw new Error(`expected no ${JSON.stringify(token)}`)
    else {
      if (this.#column === this.columns) {
        this.wrapped += 1
        this.#next()
      }
      this.#lines[this.#row]![this.#column] = token
      this.#column += 1
    }
  }

  /** A terminal in its usual mode makes CR LF of LF. */
  #next(): void {
    this.#row += 1
    this.#column = 0
    this.#lines[this.#row] ??= []
  }
}
