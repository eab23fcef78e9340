import { optionError } from '../../errors.js'
import { AtomicFile } from '../../files/atomic-file.js'
import type { TypedPoint } from '../../stores/typed-point.js'
import { vectorJson } from '../../vectors/vector-json.js'
import { ParquetPointsWriter } from './parquet-points-writer.js'
import type { PointsRecipe } from './points-recipe.js'

/** Where points are written. Nothing stands under the file's name before `close`. */
export interface PointsWriter {
  write(points: readonly TypedPoint[]): Promise<void>
  close(): Promise<void>
  /** Removes what was written so far. */
  discard(): Promise<void>
}

/**
 * A writer by the ending of the file's name: .jsonl or .parquet.
 * @throws InputError `INVALID_OPTION` for another ending
 */
export async function openPointsWriter(file: string, recipe: PointsRecipe): Promise<PointsWriter> {
  if (file.endsWith('.jsonl')) return createJsonlPointsWriter(file, recipe)
  if (file.endsWith('.parquet')) return ParquetPointsWriter.create(file, recipe)
  throw optionError(`--out: expected a file that ends in .jsonl or .parquet, got ${file}.`)
}

/** Points as JSON lines: the recipe first, then `{ "id", "vectors": { NAME: vector }, "payload" }` for each. */
async function createJsonlPointsWriter(path: string, recipe: PointsRecipe): Promise<PointsWriter> {
  const file = await AtomicFile.create(path)
  await file.append(`${JSON.stringify(recipe)}\n`)
  return {
    write: (points) => file.append(points.map((point) => `${pointLine(point)}\n`).join('')),
    close: () => file.finish(),
    discard: () => file.discard(),
  }
}

function pointLine({ id, vectors, payload }: TypedPoint): string {
  const named = Object.entries(vectors).map(([name, vector]) => `${JSON.stringify(name)}:${vectorJson(vector)}`)
  return `{"id":${JSON.stringify(id)},"vectors":{${named.join()}},"payload":${JSON.stringify(payload)}}`
}
