import type { InputRecord } from '../../inputs/input-record.js'
import type { Terminal } from '../shared/terminal.js'

/** Counts the documents of an input: one that gave none was read wrongly, or is the wrong one. */
export class DocumentTally {
  documents = 0

  async *watch(records: AsyncIterable<InputRecord[]>): AsyncGenerator<InputRecord[]> {
    for await (const list of records) {
      for (const record of list) if (record.kind === 'document') this.documents += 1
      yield list
    }
  }

  /** Says so where there was none. @returns whether there was one */
  hasDocuments(sources: readonly string[], terminal: Terminal): boolean {
    if (this.documents > 0) return true
    terminal.warn(`${sources.join(', ')}: no document was read; check the file, --text, --id and --format`)
    return false
  }
}
