import type { PointId } from '../../../document.js'
import { isMissing, type JsonObject } from '../../../options.js'
import { parseFilter } from '../../request/filter-parse.js'
import { readCount } from '../../request/json-shape.js'
import { wrongInput } from '../../request/refusal.js'
import { copyVector } from '../../request/vector-input.js'
import type { Collection } from '../collection/collection.js'
import { storedVector } from './example-similarity.js'
import { compileFilter } from './filter-test.js'
import { liveSlots, searchNearest } from './nearest.js'
import { pickRandom } from './sample.js'

const DEFAULT_SAMPLE = 10
const DEFAULT_LIMIT = 3

/** For each sampled point, the sampled points nearest to it. */
export interface DistanceMatrix {
  readonly ids: readonly PointId[]
  /** One row for each id: positions in `ids`, and scores, best first. */
  readonly rows: readonly { readonly columns: readonly number[]; readonly scores: readonly number[] }[]
}

/** `POST /points/search/matrix/…`: the distances among a random sample of the points that have the vector. */
export function distanceMatrix(collection: Collection, request: JsonObject): DistanceMatrix {
  const sample = readCount(request.sample, 'search_request.sample', 2) ?? DEFAULT_SAMPLE
  const limit = readCount(request.limit, 'search_request.limit', 1) ?? DEFAULT_LIMIT
  const filter = parseFilter(request.filter, 'search_request.filter')
  const name = vectorName(collection, request.using)
  const test = filter && compileFilter(filter, collection)
  const hasVector = (slot: number) => collection.hasVector(slot, name) && (!test || test(slot))
  const slots = [...pickRandom(liveSlots(collection), hasVector, sample).slots].sort(collection.compareSlots)
  const position = new Map(slots.map((slot, i) => [slot, i]))
  const space = collection.space(name)
  const rows = slots.map((slot) => {
    const others = slots.filter((other) => other !== slot)
    const vector = copyVector(storedVector(collection, slot, name)!)
    const found = searchNearest(collection, space, vector, { slots: others, test: null }, limit, null)
    return { columns: found.slots.map((other) => position.get(other)!), scores: found.scores }
  })
  return { ids: slots.map((slot) => collection.idOf(slot)), rows }
}

function vectorName(collection: Collection, using: unknown): string {
  const names = [...collection.spaces.keys()].sort().join(', ')
  const name = isMissing(using) ? '' : String(using)
  if (collection.spaces.has(name)) return name
  throw wrongInput(
    isMissing(using)
      ? `Collection requires specified vector name in the request, available names: ${names}`
      : `Vector with name \`${name}\` is not configured in this collection, available names: ${names}`,
  )
}
