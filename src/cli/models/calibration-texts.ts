import { optionError } from '../../errors.js'
import { readDocuments } from '../../inputs/read-documents.js'

/** As many texts show how large the inputs of a layer become; more change the maxima little. */
const MOST_TEXTS = 128

/**
 * Texts of a file at equal distances, in memory that does not depend on its size: whenever there are too many, every second one goes.
 * @throws InputError `INVALID_OPTION` if there is none
 */
export async function readCalibrationTexts(file: string): Promise<string[]> {
  let texts: string[] = []
  let distance = 1
  let read = 0
  for await (const records of readDocuments([file])) {
    for (const record of records) {
      if (record.kind !== 'document') continue
      if (read++ % distance === 0) texts.push(record.document.text)
      if (texts.length <= MOST_TEXTS) continue
      texts = texts.filter((_, i) => i % 2 === 0)
      distance *= 2
    }
  }
  if (texts.length > 0) return texts
  throw optionError(`--calibrate: expected a file of documents, found none in ${file}.`)
}
