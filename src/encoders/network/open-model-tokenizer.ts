import type { OpenedModel } from '../../onnx/model-files.js'
import { openTokenizer } from '../../tokenizers/open-tokenizer.js'
import type { TextTokenizer } from '../../tokenizers/tokenizer.js'
import { SharedValues } from './shared-values.js'

const tokenizers = new SharedValues<TextTokenizer>()

/**
 * The tokenizer of a model whose files were checked; encoders of one model in one thread have it together.
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `TOKENIZER_UNSUPPORTED`
 */
export function openModelTokenizer({ folder, entry }: OpenedModel): Promise<TextTokenizer> {
  return tokenizers.get(JSON.stringify([folder, entry.files]), () => openTokenizer(folder))
}
