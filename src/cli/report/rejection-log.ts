import type { WriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { InputError } from '../../errors.js'
import { STDIN } from '../../inputs/sources/resolve-sources.js'
import type { Rejection } from '../../pipeline/documents/good-documents.js'
import { toOutputError } from '../shared/output-file.js'
import type { Terminal } from '../shared/terminal.js'
import type { RunReport } from './run-report.js'

/** Rejections that are shown; --errors FILE keeps them all. */
const SHOWN = 10

/**
 * The documents that a run rejects: all go to the log of the run and to --errors FILE, a JSON object
 * `{ file, line, row, byteOffset, id, code, reason }` a line, and the first are shown.
 */
export class RejectionLog {
  readonly #file: string | undefined
  readonly #stream: WriteStream | null
  readonly #report: RunReport | undefined
  readonly #first: Rejection[] = []
  #count = 0
  #failure: Error | null = null

  private constructor(file: string | undefined, stream: WriteStream | null, report: RunReport | undefined) {
    this.#file = file
    this.#report = report
    this.#stream = stream
    // heard of when it is closed: a run does not end for its list of rejections
    stream?.on('error', (error) => {
      this.#failure ??= error
    })
  }

  /** @throws InputError `ERRORS_FILE` if the file cannot be created */
  static async open(file: string | undefined, report?: RunReport): Promise<RejectionLog> {
    if (file === undefined) return new RejectionLog(file, null, report)
    try {
      return new RejectionLog(file, (await open(file, 'w')).createWriteStream({ encoding: 'utf8' }), report)
    } catch (cause) {
      throw new InputError(
        'ERRORS_FILE',
        `--errors: expected a file that can be written, got ${file}: ${(cause as Error).message}`,
        { cause },
      )
    }
  }

  add(rejection: Rejection): void {
    const { place, id, code, reason } = rejection
    this.#count += 1
    if (this.#first.length < SHOWN) this.#first.push(rejection)
    this.#report?.rejected(rejection)
    this.#stream?.write(`${JSON.stringify({ ...place, id, code, reason })}\n`)
  }

  /** The first rejections, and how many more there were. */
  show(terminal: Terminal): void {
    for (const { place, code, reason } of this.#first)
      terminal.note(`rejected ${formatPlace(place)}: ${reason} [${code}]`)
    const more = this.#count - this.#first.length
    if (more > 0) terminal.note(`… and ${more} more${this.#file ? '' : '; --errors FILE keeps them all'}`)
  }

  /**
   * Resolves when all is written.
   * @throws StoreError `OUTPUT_FAILED`
   */
  async close(): Promise<void> {
    const stream = this.#stream
    if (stream === null) return
    if (!stream.closed) {
      await new Promise<void>((resolve) => {
        stream.once('close', () => resolve())
        stream.end()
      })
    }
    if (this.#failure !== null) throw toOutputError('--errors', this.#file, this.#failure)
  }
}

/** Where a rejected document stands, as a person reads it. */
export function formatPlace({ file, line, row }: Rejection['place']): string {
  const name = file === STDIN ? 'stdin' : file
  if (line !== undefined) return `${name}, line ${line}`
  return row === undefined ? name : `${name}, row ${row}`
}
