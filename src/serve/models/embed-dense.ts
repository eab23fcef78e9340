import type { Side } from '../../encoders/encoder.js'
import { resolvePrefixes } from '../../encoders/prefixes.js'
import { InputError } from '../../errors.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import type { Call } from '../http/route-table.js'
import type { EmbeddedText, TextService } from './text-service.js'

/** Dense vectors, as an API asks for them that has one model for all texts of a request. */
export interface DenseRequest {
  readonly texts: readonly string[]
  readonly model: string
  /** Null for texts that are on no side of a search, or where it is not said: they have no prompt. */
  readonly side: Side | null
  /** Floats that are kept, from the front. @default all */
  readonly dimensions?: number | undefined
  /** @default the model's own */
  readonly maxTokens?: number | undefined
  /** What becomes of a text that is too long: its end is cut off, its start is, or the request is refused. @default 'end' */
  readonly cut?: 'end' | 'start' | 'refuse'
}

export interface DenseAnswer {
  readonly entry: ModelEntry
  readonly embedded: readonly EmbeddedText[]
  /** Of all texts. */
  readonly tokens: number
}

/**
 * The dense vectors of a request. Without a side, what is short is answered first: hardly any client says what is a query.
 * @throws InputError `WRONG_MODEL_KIND`, `TEXT_TOO_LONG`, and as {@link TextService.embed}
 */
export async function embedDense(service: TextService, request: DenseRequest, call: Call): Promise<DenseAnswer> {
  const { texts, model, side, dimensions, maxTokens, cut = 'end' } = request
  const { entry } = await service.catalog.resolve({ model, text: '', options: {} })
  if (entry.kind !== 'dense') {
    throw new InputError(
      'WRONG_MODEL_KIND',
      `Expected a dense model, got ${entry.name}, which is a ${entry.kind} model: POST /infer has its vectors.`,
    )
  }
  const options = {
    ...(side === null && { prompts: 'none' }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  }
  const prompt = side === null ? '' : resolvePrefixes('model', entry)[side]
  const wanted = cut === 'start' ? await service.tokens.keepEnds(model, texts, { prompt, maxTokens }) : texts
  const embedded = await service.embed(
    wanted.map((text) => ({ text, model, options, dimensions })),
    side ?? 'document',
    call,
    side === null ? 'if-short' : side === 'query',
  )
  if (cut === 'refuse') {
    const long = embedded.findIndex(({ cutTokens }) => cutTokens > 0)
    if (long >= 0) {
      const { tokens, cutTokens } = embedded[long]!
      throw new InputError(
        'TEXT_TOO_LONG',
        `Text ${long}: expected at most ${tokens} tokens for ${entry.name}, got ${tokens + cutTokens}: allow truncation, or split it.`,
      )
    }
  }
  return { entry, embedded, tokens: embedded.reduce((sum, each) => sum + each.tokens, 0) }
}
