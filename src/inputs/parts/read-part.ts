import type { InputRecord } from '../input-record.js'
import { type InputOptions, readInputs } from '../read-documents.js'
import { requireUnchanged } from './file-stamp.js'
import type { InputPart } from './plan-parts.js'

/**
 * The records of a part, with the places that they have in the whole input.
 * @param options those that the part was planned with
 * @throws InputError `INPUT_CHANGED`, `INPUT_NOT_FOUND` before anything is given
 */
export async function* readPart(part: InputPart, options: InputOptions = {}): AsyncGenerator<InputRecord[]> {
  for (const { path, stamp } of part.inputs) if (stamp !== null) await requireUnchanged(path, stamp)
  yield* readInputs(part.inputs, options)
}
