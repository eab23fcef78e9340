const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"

/**
 * Regular expressions of published tokenizers that need time in proportion to the text. They are run as they are; any other
 * is run under a limit of time, which costs a tenth of a millisecond for each text.
 */
export const LINEAR_PATTERNS: ReadonlySet<string> = new Set([
  '\\s+',
  '\\s',
  ' {2,}',
  ' +',
  '[0-9]',
  '\\d',
  '\\p{N}',
  '\\p{N}{1,3}',
  // CLIP
  "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
  // GPT-2
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  // cl100k and Llama 3, Qwen 2 and 3
  ...['\\p{N}{1,3}', '\\p{N}'].map(
    (digits) =>
      `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ),
])
