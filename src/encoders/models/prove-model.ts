import { ModelError } from '../../errors.js'
import { addCustomModels, type CustomModel, customModels, removeCustomModel } from '../../onnx/custom-models.js'
import type { ModelEntry, VectorKind } from '../../onnx/manifest.js'
import type { EncodedBatch } from '../encoder.js'
import { openEncoder } from '../open-encoder.js'
import { CrossEncoder } from '../pairs/cross-encoder.js'
import { measureInt8Loss } from './int8-loss.js'

/** What one text became. */
export interface ModelProof {
  /** Special tokens included. */
  readonly tokens: number
  /** Numbers of its vector, or of all its rows; 1, the score, of a pair. */
  readonly numbers: number
  /** Smallest cosine of int8 to float32 vectors over a few texts; null where the model has no int8 form, or it was not asked for. */
  readonly int8Cosine: number | null
}

type TextProof = Omit<ModelProof, 'int8Cosine'>

const TEXT = 'The quick brown fox jumps over the lazy dog.'

/** Tokens that no vocabulary has, scripts and signs that one may lack, and one word. */
const OTHER_TEXTS = ['naïve Zürich, русский язык, 中文 字符 👩‍💻 \u{10ffff}', '3.14 e-mail: [SEP] </s> #@!', 'a']

/**
 * Opens a model that is in no manifest yet and encodes texts on each side; a reranker scores pairs.
 * @param options.withInt8 whether its int8 form is made and compared, too
 * @throws ModelError `MODEL_UNUSABLE` if what comes out is empty; `VECTOR_NOT_FINITE`; what opening and encoding throw
 */
export async function proveModel(
  model: CustomModel,
  { withInt8 = false }: { readonly withInt8?: boolean } = {},
): Promise<ModelProof> {
  const { name, kind } = model.entry
  const before = customModels().filter(({ entry }) => entry.name.toLowerCase() === name.toLowerCase())
  addCustomModels([model])
  try {
    const proof =
      kind === 'reranker' ? await provePair(model.entry) : await proveText(model.entry, kind, model.modelsFolder)
    return { ...proof, int8Cosine: withInt8 ? await measureInt8Loss(model) : null }
  } finally {
    removeCustomModel(name)
    addCustomModels(before)
  }
}

/** @param modelsFolder where a base that it stands on is looked for first */
async function proveText({ name }: ModelEntry, kind: VectorKind, modelsFolder: string): Promise<TextProof> {
  const encoder = await openEncoder({ [kind]: name, modelsFolder })
  try {
    const document = await encoder.encode([TEXT], 'document')
    const query = await encoder.encode([TEXT], 'query')
    requireNumbers(name, numbersOf(query))
    requireNumbers(name, numbersOf(document))
    for (const side of ['document', 'query'] as const) await encoder.encode(OTHER_TEXTS, side)
    return { tokens: document.tokens[0]!, numbers: numbersOf(document) }
  } finally {
    await encoder.close()
  }
}

async function provePair({ name }: ModelEntry): Promise<TextProof> {
  const encoder = await CrossEncoder.open({ reranker: name })
  try {
    const { scores, tokens } = await encoder.score([[TEXT, TEXT]])
    await encoder.score(OTHER_TEXTS.map((text) => [TEXT, text]))
    return { tokens: tokens[0]!, numbers: scores.length }
  } finally {
    await encoder.close()
  }
}

function numbersOf({ dense, sparse, late }: EncodedBatch): number {
  return (dense ?? sparse ?? late)!.values.length
}

function requireNumbers(name: string, numbers: number): void {
  if (numbers > 0) return
  throw new ModelError('MODEL_UNUSABLE', `${name} was opened, but gives no numbers for a text.`)
}
