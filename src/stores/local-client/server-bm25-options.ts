import type { Bm25Options } from '../../encoders/bm25/bm25-options.js'
import { isMissing, type JsonObject } from '../../options.js'
import { wrongInput } from '../request/refusal.js'

const TOKENIZERS = ['prefix', 'whitespace', 'word', 'multilingual']

/** The server's names of BM25's options, and ours. */
const OPTIONS: Readonly<Record<string, string>> = {
  k: 'k',
  b: 'b',
  avg_len: 'avgLen',
  tokenizer: 'tokenizer',
  language: 'language',
  lowercase: 'lowercase',
  ascii_folding: 'asciiFolding',
  stopwords: 'stopwords',
  stemmer: 'stemmer',
  min_token_len: 'minTokenLen',
  max_token_len: 'maxTokenLen',
}

/**
 * The options of a text object for the model that a Qdrant server has built in, by our names; unknown ones are ignored, as there.
 * @throws StoreError `REQUEST_REFUSED` with the server's text
 */
export function readServerBm25Options(options: JsonObject): Bm25Options {
  checkOptions(options)
  const known = Object.entries(OPTIONS).flatMap(([theirs, ours]) =>
    isMissing(options[theirs]) ? [] : [[ours, options[theirs]] as const],
  )
  return { dialect: 'qdrant', ...Object.fromEntries(known) } as Bm25Options
}

function checkOptions({ k, b, avg_len: avgLen, tokenizer }: JsonObject): void {
  if (!isMissing(k) && !((k as number) >= 0)) throw wrongInput(`BM25 k1 must be finite and >= 0, got ${String(k)}`)
  if (!isMissing(b) && !((b as number) >= 0 && (b as number) <= 1)) {
    throw wrongInput(`BM25 b must be finite and in [0.0, 1.0], got ${String(b)}`)
  }
  if (!isMissing(avgLen) && !((avgLen as number) > 0)) {
    throw wrongInput(`BM25 avg_doc_len must be finite and > 0, got ${String(avgLen)}`)
  }
  if (!isMissing(tokenizer) && !TOKENIZERS.includes(tokenizer as string)) {
    const known = TOKENIZERS.map((name) => `\`${name}\``).join(', ')
    throw wrongInput(
      `Invalid BM25 config: Error("unknown variant \`${String(tokenizer)}\`, expected one of ${known}", line: 0, column: 0)`,
    )
  }
}
