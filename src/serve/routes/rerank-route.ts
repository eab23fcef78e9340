import { prepareMaxSim } from '../../scoring/max-sim.js'
import type { Vector } from '../../vectors.js'
import type { Call, Handler } from '../http/http-service.js'
import { jsonAnswer } from '../http/send-answer.js'
import type { TextService } from '../models/text-service.js'
import { bodyChoice, bodyObject, bodyString, bodyStrings, rejectUnknownBodyFields } from './body-fields.js'

const FIELDS = ['query', 'texts', 'model', 'raw_scores', 'return_text', 'truncate', 'truncation_direction']

/**
 * `POST /rerank`: texts by their relevance to a query, best first, in the form of text-embeddings-inference. `model` goes beyond it: a
 * cross-encoder or a late-interaction model, else the first cross-encoder at hand, else the bundled late-interaction model.
 * Of a cross-encoder the raw score is a logit, and the score its sigmoid; of late interaction the raw score is MaxSim, and the score that
 * for each row of the query, -1 … 1. Texts that are longer than the model takes are always cut.
 * @param lateModel the bundled late-interaction model
 * @see https://github.com/huggingface/text-embeddings-inference
 */
export function rerankRoute(service: TextService, lateModel: string): Handler {
  return async (call) => {
    const body = bodyObject(await call.json(), 'The request')
    rejectUnknownBodyFields(body, FIELDS)
    const query = bodyString(body.query, 'query')
    const texts = bodyStrings(body.texts, 'texts')
    const model = body.model === undefined ? undefined : bodyString(body.model, 'model')
    const isRaw = bodyChoice(body, 'raw_scores', [true, false], false)
    const returnsText = bodyChoice(body, 'return_text', [true, false], false)
    bodyChoice(body, 'truncation_direction', ['Right', 'right'], 'Right')
    const spec = await service.catalog.reranker(model)
    const scores =
      spec === null
        ? await scoreByMaxSim(service, query, texts, model ?? lateModel, isRaw, call)
        : await service.score(
            spec,
            texts.map((text) => [query, text] as const),
            call,
          )
    const isLogit = spec !== null && !isRaw
    const ranked = scores
      .map((score, index) => ({
        index,
        score: isLogit ? 1 / (1 + Math.exp(-score)) : score,
        ...(returnsText && { text: texts[index]! }),
      }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
    return jsonAnswer(ranked)
  }
}

async function scoreByMaxSim(
  service: TextService,
  query: string,
  texts: readonly string[],
  model: string,
  isRaw: boolean,
  call: Call,
): Promise<number[]> {
  const toObject = (text: string) => ({ text, model, options: {} })
  const [[wanted], documents] = await Promise.all([
    service.embed([toObject(query)], 'query', call),
    service.embed(texts.map(toObject), 'document', call, true),
  ])
  const queryRows = lateVector(wanted!.vector)
  const score = prepareMaxSim(queryRows)
  return documents.map(({ vector }) => score(lateVector(vector)) / (isRaw ? 1 : queryRows.rows))
}

function lateVector(vector: Vector) {
  if (!('rows' in vector)) throw new TypeError('Expected a multivector.')
  return vector
}
