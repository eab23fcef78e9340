import { optionError } from '../../errors.js'
import type { TypedPoint } from '../../stores/typed-point.js'
import { JsonlPointsWriter } from './jsonl-points-writer.js'
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
  if (file.endsWith('.jsonl')) return JsonlPointsWriter.create(file, recipe)
  if (file.endsWith('.parquet')) return ParquetPointsWriter.create(file, recipe)
  throw optionError(`--out: expected a file that ends in .jsonl or .parquet, got ${file}.`)
}
