import type { TextTokenizer } from './tokenizer.js'
import { readTokenizerFiles } from './tokenizer-files.js'
import { isWordPiece, WordPieceTokenizer } from './wordpiece.js'

/**
 * Opens the tokenizer of a model's folder: BERT's WordPiece by a path that is fast and never reads more of a text than it needs,
 * all others (BPE, Unigram) through @huggingface/tokenizers.
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `TOKENIZER_UNSUPPORTED`
 */
export async function openTokenizer(folder: string): Promise<TextTokenizer> {
  const files = await readTokenizerFiles(folder)
  if (isWordPiece(files)) return new WordPieceTokenizer(files)
  const { WholeTextTokenizer } = await import('./whole-text-tokenizer.js')
  return new WholeTextTokenizer(files)
}
