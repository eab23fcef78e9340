import { prepareMaxSim } from '../../scoring/max-sim.js'
import type { Call } from '../http/route-table.js'
import { multivectorOf } from '../models/embedded-vector.js'
import type { TextService } from '../models/text-service.js'

export interface RankRequest {
  readonly query: string
  readonly texts: readonly string[]
  /** A cross-encoder or a late-interaction model. @default the first cross-encoder at hand, else the bundled late-interaction model */
  readonly model: string | undefined
  /** Whether scores are as the model gives them. @default false */
  readonly isRaw?: boolean
  /** Which end of a text that is too long is cut off. @default 'end' */
  readonly cut?: 'end' | 'start'
}

export interface RankedTexts {
  /** The best first; `index` is that of the text in the request. */
  readonly ranked: readonly { readonly index: number; readonly score: number }[]
  /** Name of the model. */
  readonly model: string
  /** That were read for it. */
  readonly tokens: number
}

/**
 * Texts by their relevance to a query. Of a cross-encoder the raw score is a logit, and the score its sigmoid; of late interaction the raw score
 * is MaxSim, and the score that for each row of the query, -1 … 1.
 * @param lateModel the bundled late-interaction model
 * @throws InputError `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`, and as `TextService.embed`
 */
export async function rankTexts(
  service: TextService,
  lateModel: string,
  { query, texts: given, model, isRaw = false, cut = 'end' }: RankRequest,
  call: Call,
): Promise<RankedTexts> {
  const spec = await service.catalog.reranker(model)
  const name = spec?.reranker ?? model ?? lateModel
  const kept = { query: spec === null ? undefined : query }
  const texts = cut === 'end' ? given : await service.tokens.keepEnds(name, given, kept)
  if (spec === null) return await rankByMaxSim(service, model ?? lateModel, { query, texts, isRaw }, call)
  const scored = await service.score(
    spec,
    texts.map((text) => [query, text] as const),
    call,
  )
  const scores = scored.map(({ score }) => (isRaw ? score : 1 / (1 + Math.exp(-score))))
  return {
    ranked: bestFirst(scores),
    model: spec.reranker,
    tokens: scored.reduce((sum, { tokens }) => sum + tokens, 0),
  }
}

async function rankByMaxSim(
  service: TextService,
  model: string,
  { query, texts, isRaw }: Pick<RankRequest, 'query' | 'texts' | 'isRaw'>,
  call: Call,
): Promise<RankedTexts> {
  const toObject = (text: string) => ({ text, model, options: {} })
  const [[wanted], documents] = await Promise.all([
    service.embed([toObject(query)], 'query', call),
    service.embed(texts.map(toObject), 'document', call, true),
  ])
  const queryRows = multivectorOf(wanted!.vector)
  const score = prepareMaxSim(queryRows)
  const scores = documents.map(({ vector }) => score(multivectorOf(vector)) / (isRaw ? 1 : queryRows.rows))
  const tokens = [wanted!, ...documents].reduce((sum, each) => sum + each.tokens, 0)
  return { ranked: bestFirst(scores), model: wanted!.entry.name, tokens }
}

function bestFirst(scores: readonly number[]): RankedTexts['ranked'] {
  return scores.map((score, index) => ({ index, score })).sort((a, b) => b.score - a.score || a.index - b.index)
}
