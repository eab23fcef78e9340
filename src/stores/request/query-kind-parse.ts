import { isMissing, isObject, type JsonObject } from '../../options.js'
import { DEFAULT_RRF_K } from '../../scoring/reciprocal-rank-fusion.js'
import { parseFormula } from './formula-parse.js'
import { readCount } from './json-shape.js'
import { parseOrderBy } from './order-by-parse.js'
import { isPointId, parsePointId } from './point-id.js'
import type { ContextPair, Query, RawExample } from './query-node.js'
import { invalid, malformed } from './refusal.js'
import { isVectorLike, parseVector } from './vector-input.js'

const MAX_MMR_CANDIDATES = 16384
const DEFAULT_DIVERSITY = 0.5

/**
 * @param limit of the level that the query belongs to, before groups widen it
 * @throws StoreError `REQUEST_REFUSED`
 */
export function parseQuery(value: unknown, where: string, limit: number): Query<RawExample> {
  if (!isObject(value) || isVectorLike(value)) return { kind: 'nearest', example: parseExample(value, where) }
  if ('nearest' in value) return parseNearest(value, where, limit)
  if ('recommend' in value) return parseRecommend(value.recommend, where)
  if ('discover' in value) return parseDiscover(value.discover, where)
  if ('context' in value) {
    return { kind: 'context', pairs: isMissing(value.context) ? [] : parsePairs(value.context, where) }
  }
  if ('order_by' in value) return { kind: 'orderBy', order: parseOrderBy(value.order_by) }
  if ('fusion' in value) {
    if (value.fusion === 'rrf') return { kind: 'rrf', k: DEFAULT_RRF_K, weights: null }
    if (value.fusion === 'dbsf') return { kind: 'dbsf' }
  }
  if ('rrf' in value) return parseRrf(value.rrf, where)
  if ('formula' in value) return { kind: 'formula', formula: parseFormula(value.formula, value.defaults) }
  if ('sample' in value && value.sample === 'random') return { kind: 'sample' }
  if ('relevance_feedback' in value) return parseFeedback(value.relevance_feedback, where)
  throw notAQuery()
}

function notAQuery(): Error {
  return malformed('Expected some form of vector, id, or a type of query')
}

function parseExample(value: unknown, where: string): RawExample {
  if (isPointId(value)) return parsePointId(value)
  if (isVectorLike(value) || (isObject(value) && 'rows' in value)) return parseVector(value, where)
  throw notAQuery()
}

function parseExamples(value: unknown, where: string): RawExample[] {
  if (isMissing(value)) return []
  if (!Array.isArray(value)) throw notAQuery()
  return value.map((example) => parseExample(example, where))
}

function parseNearest(value: JsonObject, where: string, limit: number): Query<RawExample> {
  const example = parseExample(value.nearest, `${where}.nearest`)
  if (isMissing(value.mmr)) return { kind: 'nearest', example }
  if (!isObject(value.mmr)) throw notAQuery()
  const { diversity, candidates_limit: candidates } = value.mmr
  if (!isMissing(diversity) && typeof diversity !== 'number') throw notAQuery()
  if (typeof diversity === 'number' && !(diversity >= 0 && diversity <= 1)) {
    throw invalid(`${where}.mmr.diversity`, `value ${diversity} invalid, must be from 0.0 to 1.0`)
  }
  const pool = readCount(candidates, `${where}.mmr.candidates_limit`)
  if (pool !== null && pool > MAX_MMR_CANDIDATES) {
    const text = `value ${pool} invalid, must be ${MAX_MMR_CANDIDATES} or smaller`
    throw invalid(`${where}.mmr.candidates_limit`, text)
  }
  return {
    kind: 'mmr',
    example,
    diversity: (diversity as number | null | undefined) ?? DEFAULT_DIVERSITY,
    candidates: pool ?? limit,
  }
}

const STRATEGIES = ['average_vector', 'best_score', 'sum_scores'] as const

function parseRecommend(value: unknown, where: string): Query<RawExample> {
  if (!isObject(value)) throw notAQuery()
  const strategy = isMissing(value.strategy) ? 'average_vector' : STRATEGIES.find((name) => name === value.strategy)
  if (!strategy) throw notAQuery()
  const positive = parseExamples(value.positive, `${where}.recommend.positive`)
  const negative = parseExamples(value.negative, `${where}.recommend.negative`)
  if (positive.length + negative.length === 0) {
    throw invalid(
      `${where}.recommend.positives, negatives`,
      'Validation error: At least one positive or negative vector/id must be provided [{}]',
    )
  }
  return { kind: 'recommend', positive, negative, strategy }
}

function parseDiscover(value: unknown, where: string): Query<RawExample> {
  if (!isObject(value) || value.context === undefined) throw notAQuery()
  const target = parseExample(value.target, `${where}.discover.target`)
  return { kind: 'discover', target, pairs: isMissing(value.context) ? [] : parsePairs(value.context, where) }
}

function parsePairs(value: unknown, where: string): ContextPair<RawExample>[] {
  return (Array.isArray(value) ? value : [value]).map((pair) => {
    if (!isObject(pair)) throw notAQuery()
    return { positive: parseExample(pair.positive, where), negative: parseExample(pair.negative, where) }
  })
}

function parseRrf(value: unknown, where: string): Query<RawExample> {
  if (!isObject(value)) throw notAQuery()
  const k = readCount(value.k, `${where}.rrf.k`, 1) ?? DEFAULT_RRF_K
  const { weights } = value
  if (isMissing(weights)) return { kind: 'rrf', k, weights: null }
  if (!Array.isArray(weights) || weights.some((weight) => typeof weight !== 'number')) throw notAQuery()
  return { kind: 'rrf', k, weights }
}

function parseFeedback(value: unknown, where: string): Query<RawExample> {
  if (!isObject(value) || !isObject(value.strategy) || !isObject(value.strategy.naive)) throw notAQuery()
  const { a, b, c } = value.strategy.naive
  if (typeof a !== 'number' || typeof b !== 'number' || typeof c !== 'number') throw notAQuery()
  const target = parseExample(value.target, where)
  if (!Array.isArray(value.feedback)) throw notAQuery()
  const feedback = value.feedback.map((item) => {
    if (!isObject(item) || typeof item.score !== 'number') throw notAQuery()
    return { example: parseExample(item.example, where), score: item.score }
  })
  const path = `${where}.relevance_feedback`
  if (feedback.length === 0) throw invalid(`${path}.__all__`, 'feedback elements must be non-empty')
  if (b < 0) {
    throw invalid(
      `${path}.strategy.naive.b`,
      `value ${Number.isInteger(b) ? b.toFixed(1) : b} invalid, must be 0.0 or larger`,
    )
  }
  return { kind: 'feedback', target, feedback, a, b, c }
}
