import fc from 'fast-check'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { isNear, type Level, type Point, slowQuery } from './slow-query.js'

const DEPTH = 3
/** Evenly spread, because fast-check's own doubles are mostly ends and zeros, which tie. */
const coordinate = fc.noBias(fc.integer({ min: -100_000, max: 100_000 })).map((i) => Math.fround(i / 100_000))
const vector = fc.tuple(coordinate, coordinate, coordinate)
const using = fc.constantFrom('dot', 'far')

const points: fc.Arbitrary<Point[]> = fc
  .array(fc.record({ dot: vector, far: fc.option(vector, { nil: undefined }), g: fc.constantFrom('a', 'b') }), {
    minLength: 8,
    maxLength: 25,
  })
  .map((list) =>
    list.map(({ dot, far, g }, i) => ({ id: i + 1, vector: { dot, ...(far && { far }) }, payload: { n: i + 0.5, g } })),
  )

const filter = fc.oneof(
  fc.constantFrom('a', 'b').map((g) => ({ kind: 'group' as const, g })),
  fc.nat(20).map((n) => ({ kind: 'from' as const, n })),
)

const limit = fc.integer({ min: 1, max: 12 })
const some = { filter: fc.option(filter, { nil: undefined, freq: 3 }) }
const threshold = fc.option(fc.double({ min: -1, max: 1.5, noNaN: true }).map(Math.fround), { nil: undefined, freq: 4 })

const nearest = fc.record({ kind: fc.constant('nearest' as const), vector, using })
const mmr = fc.record({
  kind: fc.constant('mmr' as const),
  vector,
  using,
  diversity: coordinate.map(Math.abs),
  candidates: limit,
})
const order = fc.record({ kind: fc.constant('order' as const), isDescending: fc.boolean() })
const leafQueries = fc.oneof(nearest, mmr, order)

function levels(depth: number): fc.Arbitrary<Level> {
  const leaf = fc.record({ query: leafQueries, limit, threshold, ...some })
  if (depth === 0) return leaf.map(tidy)
  const prefetch = fc.array(levels(depth - 1), { minLength: 1, maxLength: 3 })
  const step = prefetch.chain((inner) =>
    fc.record({
      prefetch: fc.constant(inner),
      query: fc.oneof(
        leafQueries,
        fc.record({
          kind: fc.constant('rrf' as const),
          k: fc.integer({ min: 1, max: 60 }),
          weights: fc.array(fc.double({ min: 0.5, max: 3, noNaN: true }).map(Math.fround), {
            minLength: inner.length,
            maxLength: inner.length,
          }),
        }),
        fc.constant({ kind: 'dbsf' as const }),
        fc.constant({ kind: 'score' as const }),
      ),
      limit,
      threshold,
      ...some,
    }),
  )
  return fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 3, arbitrary: step }).map(tidy)
}

/** An order takes no threshold, and nothing is undefined. */
function tidy(level: { [Key in keyof Level]: Level[Key] | undefined }): Level {
  const entries = Object.entries(level).filter(
    ([key, value]) => value !== undefined && !(key === 'threshold' && level.query!.kind === 'order'),
  )
  return Object.fromEntries(entries) as unknown as Level
}

function toRequest({ prefetch, query, limit, filter, threshold }: Level): Record<string, unknown> {
  const clause =
    filter &&
    (filter.kind === 'group' ? { key: 'g', match: { value: filter.g } } : { key: 'n', range: { gte: filter.n } })
  return {
    limit,
    ...(prefetch && { prefetch: prefetch.map(toRequest) }),
    ...(clause && { filter: { must: [clause] } }),
    ...(threshold !== undefined && { score_threshold: threshold }),
    ...toQuery(query),
  }
}

function toQuery(query: Level['query']): Record<string, unknown> {
  switch (query.kind) {
    case 'nearest':
      return { query: query.vector, using: query.using }
    case 'mmr': {
      const { diversity, candidates: candidates_limit } = query
      return { query: { nearest: query.vector, mmr: { diversity, candidates_limit } }, using: query.using }
    }
    case 'order':
      return { query: { order_by: { key: 'n', direction: query.isDescending ? 'desc' : 'asc' } } }
    case 'rrf':
      return { query: { rrf: { k: query.k, weights: query.weights } } }
    case 'dbsf':
      return { query: { fusion: 'dbsf' } }
    case 'score':
      return { query: { formula: '$score' } }
  }
}

/** Holds the engine's answers to random nested queries against the reference's; fast-check shrinks what differs. */
export async function compareWithReference(numRuns: number, seed?: number): Promise<number> {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(points, fc.array(levels(DEPTH), { minLength: 1, maxLength: 6 }), async (all, queries) => {
      const client = LocalClient.memory()
      const size = 3
      await client.createCollection('a', {
        vectors: { dot: { size, distance: 'Dot' }, far: { size, distance: 'Euclid' } },
      })
      await client.upsert('a', { points: all as never })
      await client.createPayloadIndex('a', { field_name: 'n', field_schema: 'float' })
      for (const level of queries) {
        const notes = { isClose: false }
        const found = slowQuery(notes, all, level)
        // what rounding or a tie decides is not defined
        if (notes.isClose) continue
        compared++
        const expected = found.map(({ point, score, order }) => ({ id: point.id, score, order }))
        const { points: hits } = await client.query('a', toRequest(level) as never)
        const got = hits.map(({ id, score, order_value }) => ({ id, score, order: order_value as number | undefined }))
        if (!isSame(expected, got))
          throw new Error(
            `${JSON.stringify(toRequest(level))}\n got ${JSON.stringify(got)}\n for ${JSON.stringify(expected)}`,
          )
      }
      await client.close()
    }),
    { numRuns, ...(seed === undefined ? {} : { seed }) },
  )
  return compared
}

type Hit = { readonly id: unknown; readonly score: number; readonly order: number | undefined }

function isSame(expected: readonly Hit[], got: readonly Hit[]): boolean {
  if (expected.length !== got.length) return false
  return expected.every(
    (hit, i) => hit.id === got[i]!.id && hit.order === got[i]!.order && isNear(hit.score, got[i]!.score),
  )
}
