import type { Answer, RecordedCase } from './qdrant-live-replay.js'

type Json = unknown
type Fields = Readonly<Record<string, Json>>

/** What differs between an answer and what the live server said, or null. */
export function compareAnswer(recorded: RecordedCase, answer: Answer): string | null {
  const { status, response, compare, tolerance = 0 } = recorded
  if (answer.status !== status) return `status ${answer.status} for ${status}: ${short(answer.result)}`
  if (compare === 'status') return null
  if (status !== 200) return answer.result === response ? null : `text ${short(answer.result)}\n for ${short(response)}`
  const result = recorded.pick ? pickPaths(answer.result, recorded.pick) : answer.result
  switch (compare) {
    case 'exact':
      return difference(response, result, tolerance)
    case 'scores':
      return compareScores(response as Fields, result as Fields, tolerance, recorded.cut === true)
    case 'set':
      return compareSets(response, result, tolerance)
    case 'ids':
      return compareIds(recorded, result as Fields)
  }
}

function pickPaths(value: Json, paths: readonly string[]): Fields {
  return Object.fromEntries(
    paths.map((path) => [path, path.split('.').reduce<Json>((at, key) => (at as Fields)?.[key], value) ?? null]),
  )
}

function isNear(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))
}

/** Deep equality up to the tolerance, key order ignored. */
export function difference(expected: Json, got: Json, tolerance: number, path = ''): string | null {
  if (typeof expected === 'number' && typeof got === 'number') {
    return isNear(expected, got, tolerance) ? null : `${path}: ${got} for ${expected}`
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length) {
      return `${path}: ${got.length} elements for ${expected.length}: ${short(got)} for ${short(expected)}`
    }
    for (const [i, element] of expected.entries()) {
      const found = difference(element, got[i], tolerance, `${path}[${i}]`)
      if (found) return found
    }
    return null
  }
  if (isFields(expected) && isFields(got)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      const found = difference(expected[key], got[key], tolerance, `${path}.${key}`)
      if (found) return found
    }
    return null
  }
  return expected === got ? null : `${path}: ${short(got)} for ${short(expected)}`
}

function isFields(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function compareScores(expected: Fields, got: Fields, tolerance: number, cut: boolean): string | null {
  if (Array.isArray(expected)) {
    const answers = got as unknown as Fields[]
    for (const [i, element] of expected.entries()) {
      const found = compareScores(element, answers[i]!, tolerance, cut)
      if (found) return `[${i}]${found}`
    }
    return null
  }
  if (expected.groups) return compareGroups(expected.groups as Fields[], got.groups as Fields[], tolerance, cut)
  return compareHits(expected.points as Fields[], got.points as Fields[], tolerance, cut)
}

function scoreOf(hit: Fields): number {
  return (hit.order_value ?? hit.score) as number
}

/** Equal scores in order, and within each run of equal scores the same hits. */
function compareHits(expected: Fields[], got: Fields[], tolerance: number, cut: boolean): string | null {
  if (expected.length !== got.length)
    return `${got.length} hits for ${expected.length}: ${shortHits(got)} for ${shortHits(expected)}`
  for (const [i, hit] of expected.entries()) {
    const t = hit.order_value === undefined ? tolerance : 0
    if (!isNear(scoreOf(hit), scoreOf(got[i]!), t)) {
      return `score ${i}: ${scoreOf(got[i]!)} for ${scoreOf(hit)}: ${shortHits(got)} for ${shortHits(expected)}`
    }
  }
  let start = 0
  for (let i = 1; i <= expected.length; i++) {
    const t = expected[0]!.order_value === undefined ? tolerance : 0
    if (i < expected.length && isNear(scoreOf(expected[i - 1]!), scoreOf(expected[i]!), t)) continue
    const isCutRun = cut && i === expected.length
    const found = isCutRun ? null : matchSets(expected.slice(start, i), got.slice(start, i), tolerance)
    if (found) return `hits ${start} to ${i - 1}: ${found}`
    start = i
  }
  return null
}

function compareGroups(expected: Fields[], got: Fields[], tolerance: number, cut: boolean): string | null {
  if (expected.length !== got.length) return `${got.length} groups for ${expected.length}`
  const best = (group: Fields) => scoreOf((group.hits as Fields[])[0]!)
  for (const [i, group] of expected.entries()) {
    if (!isNear(best(group), best(got[i]!), tolerance)) return `group ${i}: best ${best(got[i]!)} for ${best(group)}`
  }
  for (const group of expected) {
    const match = got.find(({ id }) => id === group.id)
    if (!match) {
      if (cut) continue
      return `group ${short(group.id)} is missing`
    }
    const found =
      compareHits(group.hits as Fields[], match.hits as Fields[], tolerance, cut) ??
      difference(group.lookup, match.lookup, tolerance, '.lookup')
    if (found) return `group ${short(group.id)}: ${found}`
  }
  return null
}

function compareSets(expected: Json, got: Json, tolerance: number): string | null {
  const asList = (value: Json): Json[] => {
    if (Array.isArray(value)) return value
    const fields = value as Fields
    if (fields.offsets_row) return offsetEntries(fields)
    return (fields.points ?? fields.pairs ?? fields.hits ?? fields.aliases) as Json[]
  }
  return matchSets(asList(expected), asList(got), tolerance)
}

function offsetEntries({ offsets_row: rows, offsets_col: columns, scores, ids }: Fields): Json[] {
  const list = ids as Json[]
  return (rows as number[]).map((row, i) => [list[row], list[(columns as number[])[i]!], (scores as number[])[i]])
}

function matchSets(expected: readonly Json[], got: readonly Json[], tolerance: number): string | null {
  if (expected.length !== got.length)
    return `${got.length} elements for ${expected.length}: ${short(got)} for ${short(expected)}`
  const left = [...got]
  for (const element of expected) {
    const at = left.findIndex((other) => difference(element, other, tolerance) === null)
    if (at === -1) {
      const sameId = left.find((other) => isFields(other) && isFields(element) && other.id === element.id)
      return sameId
        ? `${difference(element, sameId, tolerance)} in ${short((element as Fields).id)}`
        : `missing ${short(element)} in ${short(left)}`
    }
    left.splice(at, 1)
  }
  return null
}

function compareIds({ count, from = [] }: RecordedCase, result: Fields): string | null {
  const ids = (result.points as Fields[]).map(({ id }) => id as number | string)
  if (new Set(ids).size !== count || ids.length !== count) return `${ids.length} ids for ${count}`
  const stray = ids.find((id) => !from.includes(id))
  return stray === undefined ? null : `id ${stray} is none of those expected`
}

const LONGEST = 600

function short(value: Json): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function shortHits(hits: Fields[]): string {
  return short(hits.map((hit) => [hit.id, scoreOf(hit)]))
}
