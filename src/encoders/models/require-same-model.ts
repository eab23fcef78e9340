import { ModelError } from '../../errors.js'
import type { ModelEntry, ModelKind } from '../../onnx/manifest.js'
import type { KnownModel } from '../../onnx/model-registry.js'
import type { ModelDescription } from './model-description.js'

/** What a model's files show of it, as far as they do. */
export interface ModelFacts {
  readonly kind: ModelKind | undefined
  /** Floats per vector that the network gives. */
  readonly dimension: number | undefined
  /** Tokens of tokenizer.json's vocabulary, added ones left out. */
  readonly tokens: number | undefined
  /** Rows of the network's table of token embeddings, by config.json. */
  readonly embeddings: number | undefined
}

/** Architectures whose indices are the ids of the tokenizer's vocabulary. */
const BY_VOCABULARY: readonly string[] = ['splade', 'idf-splade', 'bm42']

/**
 * Refuses files that are not those of the model as which they come: of the name that is known, or as it was stated. Under a known
 * name other weights would be pooled, prompted and listed as the model that they are not.
 * @throws ModelError `MODEL_MISMATCH` naming every difference
 */
export function requireSameModel(
  path: string,
  { name, architecture }: Pick<ModelEntry, 'name' | 'architecture'>,
  facts: ModelFacts,
  known: KnownModel | undefined,
  description: ModelDescription,
): void {
  const { kind, dimension, tokens, embeddings } = facts
  const differences: string[] = []
  const compare = (expected: unknown, found: unknown, of: (value: unknown) => string, where: string): void => {
    if (expected === undefined || expected === null || found === undefined || expected === found) return
    differences.push(`expected ${of(expected)}, ${where} ${of(found)}`)
  }
  if (description.kind === undefined) compare(known?.kind, kind, (value) => `a ${value} model`, 'config.json says')
  compare(description.dimension ?? known?.dimension, dimension, (value) => `${value} floats per vector`, 'it gives')
  if (BY_VOCABULARY.includes(architecture ?? '') && known?.architecture === architecture) {
    compare(known?.vocabularySize, tokens, (value) => `a vocabulary of ${value} tokens`, 'tokenizer.json has')
  }
  if (tokens !== undefined && embeddings !== undefined && tokens > embeddings) {
    differences.push(`expected at most ${embeddings} tokens, as config.json says, tokenizer.json has ${tokens}`)
  }
  if (differences.length === 0) return
  throw new ModelError(
    'MODEL_MISMATCH',
    `The files in ${path} are not those of ${name}: ${differences.join('; ')}. Put its published files there, or take another name.`,
  )
}

/** In what a model's files differ from what is known of it without being another model's: where texts are cut. */
export function describeTokenLimit(
  { maxTokens }: ModelEntry,
  known: KnownModel | undefined,
  description: Partial<ModelDescription>,
): string | null {
  const listed = known?.maxTokens ?? null
  if (listed === null || maxTokens === listed || description.maxTokens !== undefined) return null
  return `${known!.name} is listed with ${listed} tokens; these files say ${maxTokens ?? 'nothing'}.`
}
