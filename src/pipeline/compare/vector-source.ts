import type { PointId } from '../../document.js'
import type { Vector } from '../../vectors.js'
import type { PointsRecipe, PointsVector } from '../points-files/points-recipe.js'

/** What is compared of a point. */
export interface VectorPoint {
  readonly id: PointId
  readonly vectors: Readonly<Record<string, Vector>>
}

/** One side of a comparison: a file or a collection, which can be read more than once. */
export interface VectorSource {
  /** As a person reads it. */
  readonly place: string
  /** How the vectors were made; null where nothing says it. */
  readonly recipe: PointsRecipe | null
  readonly vectors: readonly PointsVector[]
  /** Whether points have ids; where they have none they are numbered, from 0. */
  readonly hasIds: boolean
  /** All points, in the order in which they lie there. @param onDamaged called for each record that is none */
  read(onDamaged: () => void): AsyncGenerator<readonly VectorPoint[]>
  /** The points that exist of these, in any order; a file is read from its beginning only. */
  retrieve?(ids: readonly PointId[]): Promise<VectorPoint[]>
}
