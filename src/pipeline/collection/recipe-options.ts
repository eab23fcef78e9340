/** Options by the fields of a recipe, and of what is in them, that they set. */
const OPTIONS: Readonly<Record<string, string>> = {
  'vectors.dense.documentVector': '--no-documents',
  'vectors.bm25.documentVector': '--no-documents',
  'vectors.dense': '--model',
  'vectors.late': '--late-model',
  precision: '--precision',
  maxTokens: '--max-tokens',
  'bm25.language': '--language',
  'bm25.segmenter': '--segmenter',
  'bm25.avgLen': '--avg-len',
  poolFactor: '--pool-factor',
  prefixes: '--prompts',
  idField: '--id',
  'chunking.overlapTokens': '--overlap',
  chunking: '--chunk',
  'mapping.text': '--text',
  'mapping.template': '--text-template',
  'mapping.title': '--title',
  'mapping.fields': '--fields',
  'mapping.exclude': '--exclude',
  'mapping.format': '--format',
  'mapping.delimiter': '--delimiter',
  'mapping.encoding': '--encoding',
  'mapping.strings': '--strings',
}

/** A line of a difference with the option that sets its field. */
export function withOption(line: string): string {
  const end = line.indexOf(': ')
  const path = line.slice(0, end)
  const field = Object.keys(OPTIONS).find((name) => path === name || path.startsWith(`${name}.`))
  return field === undefined ? line : `${path} (${OPTIONS[field]})${line.slice(end)}`
}
