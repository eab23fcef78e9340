/**
 * What a query finds, worked out level by level from the description of the server's rules, without the engine: every
 * list is whole, every comparison is a loop. Only ties may differ.
 */

export type Point = {
  readonly id: number
  readonly vector: Readonly<Record<string, readonly number[]>>
  readonly payload: { readonly n: number; readonly g: string }
}

export type Filter = { readonly kind: 'group'; readonly g: string } | { readonly kind: 'from'; readonly n: number }

export type Level = {
  readonly prefetch?: readonly Level[]
  readonly query:
    | { readonly kind: 'nearest'; readonly vector: readonly number[]; readonly using: string }
    | {
        readonly kind: 'mmr'
        readonly vector: readonly number[]
        readonly using: string
        readonly diversity: number
        readonly candidates: number
      }
    | { readonly kind: 'order'; readonly isDescending: boolean }
    | { readonly kind: 'rrf'; readonly k: number; readonly weights: readonly number[] }
    | { readonly kind: 'dbsf' }
    | { readonly kind: 'score' }
  readonly limit: number
  readonly filter?: Filter
  readonly threshold?: number
}

/** Whether somewhere two scores, or a score and a threshold, were so near that rounding decides between them. */
export type Notes = { isClose: boolean }

const CLOSE = 1e-4

export function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= CLOSE * Math.max(1, Math.abs(a), Math.abs(b))
}

function note(notes: Notes, scores: readonly number[], threshold?: number): void {
  const sorted = [...scores].sort((a, b) => a - b)
  if (sorted.some((score, i) => i > 0 && isNear(score, sorted[i - 1]!))) notes.isClose = true
  if (threshold !== undefined && sorted.some((score) => isNear(score, threshold))) notes.isClose = true
}

export type Found = { readonly point: Point; readonly score: number; readonly order?: number }

const EUCLID = 'far'

function passes({ payload }: Point, filter: Filter): boolean {
  return filter.kind === 'group' ? payload.g === filter.g : payload.n >= filter.n
}

/** Larger is nearer, by dot product or by Euclid's distance, squared and negative. */
function likeness(a: readonly number[], b: readonly number[], using: string): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += using === EUCLID ? -((a[i]! - b[i]!) ** 2) : a[i]! * b[i]!
  return sum
}

function nearest(
  notes: Notes,
  points: readonly Point[],
  { vector, using }: { vector: readonly number[]; using: string },
  limit: number,
  threshold?: number,
): Found[] {
  const all = points
    .filter((point) => point.vector[using])
    .map((point) => ({ point, near: likeness(vector, point.vector[using]!, using) }))
    .sort((a, b) => b.near - a.near)
    .map(({ point, near }) => ({ point, score: using === EUCLID ? Math.sqrt(-near) : near }))
  note(
    notes,
    all.map(({ score }) => score),
    threshold,
  )
  const ranked = all.slice(0, limit)
  if (threshold === undefined) return ranked
  return ranked.filter(({ score }) => (using === EUCLID ? score < threshold : score > threshold))
}

/** λ · relevance − (1 − λ) · largest likeness to what was chosen. */
function diverse(
  notes: Notes,
  found: readonly Found[],
  { vector, using, diversity }: { vector: readonly number[]; using: string; diversity: number },
  limit: number,
): Found[] {
  const left = [...found]
  const chosen: Found[] = []
  while (left.length > 0 && chosen.length < limit) {
    const value = ({ point }: Found) => {
      const own = point.vector[using]!
      const relevance = likeness(vector, own, using)
      if (chosen.length === 0) return relevance
      return (
        (1 - diversity) * relevance -
        diversity * Math.max(...chosen.map((other) => likeness(own, other.point.vector[using]!, using)))
      )
    }
    note(notes, left.map(value))
    const best = left.reduce((a, b) => (value(b) > value(a) ? b : a))
    left.splice(left.indexOf(best), 1)
    chosen.push(best)
  }
  return chosen
}

function distribution(notes: Notes, list: readonly Found[]): (score: number) => number {
  const mean = list.reduce((sum, { score }) => sum + score, 0) / list.length
  const variance = list.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / (list.length - 1)
  const spread = Math.sqrt(variance)
  // the mean of equal scores is a hair beside them, or not: only whole numbers are added without rounding
  if (isNear(spread, 0) && !list.every(({ score }) => Number.isInteger(score))) notes.isClose = true
  if (list.length < 2 || spread === 0) return () => 0.5
  return (score) => (score - (mean - 3 * spread)) / (6 * spread)
}

/** The points of all lists, each with the sum of what every list gives it, and the order value of the first that has it. */
function sum(
  lists: readonly (readonly Found[])[],
  give: (found: Found, list: number, place: number) => number,
): Found[] {
  const ids = new Set(lists.flat().map(({ point }) => point.id))
  return [...ids].map((id) => {
    let score = 0
    let first: Found | undefined
    lists.forEach((list, l) => {
      const place = list.findIndex(({ point }) => point.id === id)
      if (place === -1) return
      first ??= list[place]!
      score += give(list[place]!, l, place)
    })
    return first!.order === undefined
      ? { point: first!.point, score }
      : { point: first!.point, score, order: first!.order }
  })
}

/** @param above filters of the levels above: they hold for every leaf */
export function slowQuery(
  notes: Notes,
  points: readonly Point[],
  level: Level,
  above: readonly Filter[] = [],
  isRoot = true,
): Found[] {
  const filters = level.filter ? [...above, level.filter] : above
  const { query, limit, threshold } = level
  const isFusion = query.kind === 'rrf' || query.kind === 'dbsf'
  const lists = level.prefetch?.map((inner) => {
    if (inner.query.kind !== 'mmr' || inner.prefetch) return slowQuery(notes, points, inner, filters, false)
    // a leaf is not diversified: its candidates are what it gives, to a fusion at the root its limit of them
    const own = inner.filter ? [...filters, inner.filter] : filters
    const pool = points.filter((point) => own.every((filter) => passes(point, filter)))
    const found = nearest(notes, pool, inner.query, inner.query.candidates, inner.threshold)
    return isRoot && isFusion ? found.slice(0, inner.limit) : found
  })
  const given = new Set(lists?.flat().map(({ point }) => point))
  const pool = lists
    ? points.filter((point) => given.has(point))
    : points.filter((point) => filters.every((filter) => passes(point, filter)))
  const keep = (found: Found[]) => {
    note(
      notes,
      found.map(({ score }) => score),
      threshold,
    )
    return found.filter(({ score }) => threshold === undefined || score >= threshold).slice(0, limit)
  }
  switch (query.kind) {
    case 'nearest':
      return nearest(notes, pool, query, limit, threshold)
    case 'mmr': {
      if (isRoot || !lists)
        return diverse(notes, nearest(notes, pool, query, query.candidates, threshold), query, limit)
      const first = [...given].map((point) => lists.flat().find((found) => found.point === point)!)
      return diverse(
        notes,
        first.filter(({ point }) => point.vector[query.using]),
        query,
        limit,
      )
    }
    case 'order': {
      const sign = query.isDescending ? -1 : 1
      const ordered = pool
        .map((point) => ({ point, score: 1, order: point.payload.n }))
        .sort((a, b) => sign * (a.order - b.order))
      return ordered.slice(0, limit)
    }
    case 'rrf': {
      const { k, weights } = query
      const fused = sum(lists!, (_, list, place) => 1 / ((place + 1) / weights[list]! + k - 1))
      return keep(fused.sort((a, b) => b.score - a.score))
    }
    case 'dbsf': {
      const scales = lists!.map((list) => distribution(notes, list))
      const fused = sum(lists!, ({ score }, list) => scales[list]!(score)).sort((a, b) => b.score - a.score)
      const ordered = fused.filter(({ order }) => order !== undefined).sort((a, b) => b.order! - a.order!)
      const rest = fused.filter(({ order }) => order === undefined)
      note(
        notes,
        rest.map(({ score }) => score),
      )
      if (threshold !== undefined && fused.some(({ score }) => isNear(score, threshold))) notes.isClose = true
      const all = [...ordered, ...rest]
      const end = all.findIndex(({ score }) => threshold !== undefined && score < threshold)
      return all.slice(0, end === -1 ? limit : Math.min(end, limit))
    }
    case 'score': {
      const first = lists![0]!
      const scores = [...given].map((point) => ({
        point,
        score: first.find((found) => found.point === point)?.score ?? 0,
      }))
      return keep(scores.sort((a, b) => b.score - a.score))
    }
  }
}
