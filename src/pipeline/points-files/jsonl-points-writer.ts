import { AtomicFile } from '../../files/atomic-file.js'
import type { TypedPoint } from '../../stores/typed-point.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { PointsRecipe } from './points-recipe.js'

/** Points as JSON lines: the recipe first, then `{ "id", "vectors": { NAME: vector }, "payload" }` for each. */
export class JsonlPointsWriter {
  readonly #file: AtomicFile

  private constructor(file: AtomicFile) {
    this.#file = file
  }

  static async create(path: string, recipe: PointsRecipe): Promise<JsonlPointsWriter> {
    const file = await AtomicFile.create(path)
    await file.append(`${JSON.stringify(recipe)}\n`)
    return new JsonlPointsWriter(file)
  }

  async write(points: readonly TypedPoint[]): Promise<void> {
    await this.#file.append(points.map((point) => `${pointLine(point)}\n`).join(''))
  }

  async close(): Promise<void> {
    await this.#file.finish()
  }

  async discard(): Promise<void> {
    await this.#file.discard()
  }
}

function pointLine({ id, vectors, payload }: TypedPoint): string {
  const named = Object.entries(vectors).map(([name, vector]) => `${JSON.stringify(name)}:${vectorJson(vector)}`)
  return `{"id":${JSON.stringify(id)},"vectors":{${named.join()}},"payload":${JSON.stringify(payload)}}`
}
