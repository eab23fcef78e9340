import { Dice } from './dice.js'
import { randomFilter } from './random-filter.js'
import {
  EXTRA_VECTOR,
  type Json,
  NAMED_COLLECTIONS,
  NAMED_CONFIG,
  PAYLOAD_KEYS,
  randomId,
  randomIds,
  randomPayload,
  randomPayloadValue,
  randomVector,
  randomVectors,
  UNNAMED_COLLECTION,
  UNNAMED_CONFIG,
  VECTOR_NAMES,
} from './random-points.js'
import { nameIn, randomGroups, randomOrder, randomPayloadSelector, randomQuery, wholeMatrix } from './random-query.js'

/** A call of a method of the client. */
export interface Operation {
  readonly method: string
  readonly args: readonly Json[]
}

const COLLECTIONS = [...NAMED_COLLECTIONS, UNNAMED_COLLECTION]
const ALIASES = ['x', 'y']

/** Operation `number` of an endless series: the same for the same seed and number, whatever is stored. */
export function randomOperation(seed: number, number: number): Operation {
  const dice = new Dice(seed * 1_000_003 + number * 7919)
  const collection = COLLECTIONS[number] ?? dice.one(COLLECTIONS)
  if (number < COLLECTIONS.length) return create(collection)
  const name = dice.chance(0.04) ? dice.one(ALIASES) : collection
  const on = (method: string, request: Json): Operation => ({ method, args: [name, request] })
  return dice.weighted<Operation>([
    [22, () => on('upsert', randomUpsert(dice, collection))],
    [4, () => on('delete', { points: randomIds(dice, 6) })],
    [1, () => on('delete', { filter: { must: [randomFilter(dice), { has_id: randomIds(dice, 60) }] } })],
    [5, () => on('setPayload', randomSetPayload(dice))],
    [3, () => on('overwritePayload', { payload: randomPayload(dice), ...selected(dice) })],
    [3, () => on('deletePayload', { keys: dice.list(1 + dice.below(2), () => randomKey(dice)), ...selected(dice) })],
    [2, () => on('clearPayload', selected(dice))],
    [5, () => on('updateVectors', randomVectorUpdate(dice, collection))],
    [4, () => on('deleteVectors', { vector: [nameIn(dice, collection)], ...selected(dice) })],
    [4, () => on('batchUpdate', { operations: dice.list(2 + dice.below(3), () => randomUpdate(dice, collection)) })],
    [3, () => on('createPayloadIndex', randomIndex(dice))],
    [1, () => ({ method: 'deletePayloadIndex', args: [name, dice.one(['n', 'f', 'kw', 'tags', 'at', 'text'])] })],
    [0.7, () => ({ method: 'createVectorName', args: [name, EXTRA_VECTOR, randomExtra(dice)] })],
    [0.7, () => ({ method: 'deleteVectorName', args: [name, EXTRA_VECTOR] })],
    [3, () => create(collection)],
    [0.15, () => ({ method: 'deleteCollection', args: [name] })],
    [1, () => ({ method: 'updateCollectionAliases', args: [randomAliases(dice, collection)] })],
    [0.7, () => on('updateCollection', randomPatch(dice))],
    [22, () => on('query', randomQuery(dice, collection))],
    [2, () => on('queryBatch', { searches: dice.list(1 + dice.below(3), () => randomQuery(dice, collection)) })],
    [4, () => on('queryGroups', randomGroups(dice, collection))],
    [5, () => on('scroll', randomScroll(dice))],
    [3, () => on('count', dice.chance(0.2) ? {} : { filter: randomFilter(dice) })],
    [3, () => on('retrieve', { ids: randomIds(dice, 12), with_vector: dice.chance(0.5) })],
    [3, () => on('facet', { key: dice.one(['n', 'kw', 'tags']), limit: 20, ...someFilter(dice) })],
    [1, () => on(dice.one(['searchMatrixPairs', 'searchMatrixOffsets']), wholeMatrix(dice, collection))],
    [1, () => ({ method: 'getCollection', args: [name] })],
  ])
}

function create(collection: string): Operation {
  return {
    method: 'createCollection',
    args: [collection, collection === UNNAMED_COLLECTION ? UNNAMED_CONFIG : NAMED_CONFIG],
  }
}

/** Makes vectors of points, in some requests one among them that the collection may lack. */
function vectorsFor(dice: Dice, collection: string, share: number): () => Json {
  if (collection === UNNAMED_COLLECTION) return () => randomVector(dice, '')
  const names = dice.chance(0.08) ? [...VECTOR_NAMES, EXTRA_VECTOR] : VECTOR_NAMES
  return () => randomVectors(dice, names, share)
}

function randomUpsert(dice: Dice, collection: string): Json {
  const ids = randomIds(dice, 10)
  const vectors = vectorsFor(dice, collection, 0.5)
  const points = ids.map((id) => ({ id, vector: vectors(), payload: randomPayload(dice) }))
  return {
    ...(dice.chance(0.1) && collection === UNNAMED_COLLECTION
      ? { batch: { ids, vectors: points.map(({ vector }) => vector), payloads: points.map(({ payload }) => payload) } }
      : { points }),
    ...(dice.chance(0.1) && { update_mode: dice.one(['upsert', 'insert_only', 'update_only']) }),
    ...(dice.chance(0.05) && { update_filter: randomFilter(dice) }),
  }
}

/** Points by their ids or by a filter. */
function selected(dice: Dice): Json {
  return dice.chance(0.75) ? { points: randomIds(dice, 6) } : { filter: randomFilter(dice) }
}

function someFilter(dice: Dice): Json {
  return dice.chance(0.5) ? { filter: randomFilter(dice) } : {}
}

function randomKey(dice: Dice): string {
  return dice.one(['n', 'kw', 'deep.x', 'deep.list[].y', 'nest[].w', 'tags[0]', '"a.b"'])
}

function randomSetPayload(dice: Dice): Json {
  if (dice.chance(0.7)) return { payload: randomPayload(dice), ...selected(dice) }
  const key = dice.one(['deep', 'deep.x', 'nest[0]', 'nest[]', 'new.path', '"a.b"'])
  const field = dice.one(PAYLOAD_KEYS)
  return { key, payload: { [field]: randomPayloadValue(dice, field) }, ...selected(dice) }
}

function randomVectorUpdate(dice: Dice, collection: string): Json {
  const vectors = vectorsFor(dice, collection, 0.2)
  return {
    points: dice.list(1 + dice.below(4), () => ({ id: randomId(dice), vector: vectors() })),
    ...(dice.chance(0.1) && { update_filter: randomFilter(dice) }),
  }
}

/** An element of a batch of updates; one in twenty is no operation at all. */
function randomUpdate(dice: Dice, collection: string): Json {
  return dice.weighted<Json>([
    [5, () => ({ upsert: randomUpsert(dice, collection) })],
    [2, () => ({ delete: { points: randomIds(dice, 4) } })],
    [2, () => ({ set_payload: randomSetPayload(dice) })],
    [1, () => ({ overwrite_payload: { payload: randomPayload(dice), ...selected(dice) } })],
    [1, () => ({ delete_payload: { keys: [randomKey(dice)], ...selected(dice) } })],
    [1, () => ({ clear_payload: selected(dice) })],
    [2, () => ({ update_vectors: randomVectorUpdate(dice, collection) })],
    [2, () => ({ delete_vectors: { vector: [nameIn(dice, collection)], ...selected(dice) } })],
    [0.3, () => ({ upset: {} })],
  ])
}

function randomIndex(dice: Dice): Json {
  return dice.one<Json>([
    { field_name: 'n', field_schema: 'integer' },
    { field_name: 'f', field_schema: 'float' },
    { field_name: 'kw', field_schema: 'keyword' },
    { field_name: 'tags', field_schema: 'keyword' },
    { field_name: 'at', field_schema: 'datetime' },
    { field_name: 'flag', field_schema: 'bool' },
    { field_name: 'deep.list[].y', field_schema: 'integer' },
    { field_name: 'text', field_schema: { type: 'text', tokenizer: dice.one(['word', 'prefix', 'multilingual']) } },
    { field_name: 'n', field_schema: { type: 'integer', lookup: true, range: dice.chance(0.5) } },
  ])
}

function randomExtra(dice: Dice): Json {
  return dice.one<Json>([
    { dense: { size: 3, distance: 'Dot' } },
    { dense: { size: 3, distance: 'Euclid', datatype: 'float16' } },
    { sparse: { modifier: 'idf' } },
    { dense: { size: 3, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } } },
  ])
}

function randomAliases(dice: Dice, collection: string): Json {
  const action = () =>
    dice.weighted<Json>([
      [3, () => ({ create_alias: { collection_name: collection, alias_name: dice.one(ALIASES) } })],
      [1, () => ({ delete_alias: { alias_name: dice.one(ALIASES) } })],
      [1, () => ({ rename_alias: { old_alias_name: dice.one(ALIASES), new_alias_name: dice.one(ALIASES) } })],
    ])
  return { actions: dice.list(1 + dice.below(2), action) }
}

function randomPatch(dice: Dice): Json {
  return dice.one<Json>([
    { metadata: { run: dice.below(100) } },
    { hnsw_config: { m: dice.below(3) * 8 } },
    { optimizers_config: { indexing_threshold: dice.below(100) } },
    { vectors: { [dice.one(VECTOR_NAMES)]: { on_disk: dice.chance(0.5) } } },
    { metadata: {} },
  ])
}

function randomScroll(dice: Dice): Json {
  return {
    limit: 1 + dice.below(40),
    with_payload: randomPayloadSelector(dice),
    with_vector: dice.chance(0.3),
    ...someFilter(dice),
    ...(dice.chance(0.3) && { offset: randomId(dice) }),
    ...(dice.chance(0.2) && { order_by: randomOrder(dice) }),
  }
}
