/** Parts of names that a field with the text often has, likeliest first. */
const TEXT_NAMES = [
  'text',
  'abstract',
  'content',
  'body',
  'passage',
  'document',
  'description',
  'summary',
  'article',
  'message',
  'comment',
  'review',
  'answer',
  'question',
  'sentence',
  'title',
  'name',
]
/** Parts of names that an id field often has. */
const ID_NAMES = ['id', 'uuid', 'key', 'doi', 'number', 'code', 'url', 'name']

/** Fields that a message names. */
const SHOWN_FIELDS = 20
const SHOWN_CHARACTERS = 60
/** A text in a sample record that is longer than that is no name or date. */
const LONG_TEXT = 40

/**
 * The fields of a record, likeliest first: for a name that was given, those that are written like it; else those whose names, or values in
 * a sample, look like what is wanted.
 * @param sample a record, for its values
 */
export function likeliestFields(
  fields: readonly string[],
  wanted: 'text' | 'id',
  named: string | undefined,
  sample: Readonly<Record<string, unknown>> = {},
): string[] {
  const known = wanted === 'text' ? TEXT_NAMES : ID_NAMES
  const score = (field: string): number => {
    const name = field.slice(0, 100).toLowerCase()
    const rank = known.findIndex(
      (part) => name === part || (part.length > 2 && name.includes(part)) || isWordOf(name, part),
    )
    const likeName = rank < 0 ? 0 : 1 - rank / known.length
    const value = sample[field]
    const isLong = wanted === 'text' && typeof value === 'string' && value.length > LONG_TEXT
    // between fields whose names say nothing, the longest text
    const asText = wanted === 'text' && typeof value === 'string' ? Math.min(0.05, value.length / 1000) : 0
    const looks = likeName + asText + (isLong ? 1 + Math.min(1, value.length / 10_000) : 0)
    return named === undefined ? looks : 10 * alikeness(name, named.toLowerCase()) + looks
  }
  const scored = fields.map((field, i) => ({ field, i, score: score(field) }))
  return scored.sort((a, b) => b.score - a.score || a.i - b.i).map(({ field }) => field)
}

/** `the fields a, b, …` for a message. */
export function listFields(fields: readonly string[]): string {
  if (fields.length === 0) return 'no fields'
  const shown = fields
    .slice(0, SHOWN_FIELDS)
    .map((field) => (field.length > SHOWN_CHARACTERS ? `${field.slice(0, SHOWN_CHARACTERS)}…` : field))
  return `the fields ${shown.join(', ')}${fields.length > SHOWN_FIELDS ? `, … (${fields.length} in all)` : ''}`
}

/** A field's name as it is typed after an option. */
export function quoteField(field: string): string {
  const short = field.length > SHOWN_CHARACTERS ? `${field.slice(0, SHOWN_CHARACTERS)}…` : field
  return /^[\w.@-]+$/.test(short) ? short : `'${short}'`
}

/** `doc_id` and `docId` (in lower case `docid`) have the word `id`; `video` has not. */
function isWordOf(name: string, part: string): boolean {
  return name.split(/[^a-z0-9]+/).includes(part) || (part.length === 2 && name.endsWith(part))
}

/** Share of letter pairs from which on a name is taken for another that was mistyped. */
const ALIKE = 0.4

/** Whether a field may have been meant by a name. */
export function isAlike(field: string, named: string): boolean {
  return alikeness(field.slice(0, 100).toLowerCase(), named.toLowerCase()) >= ALIKE
}

/** Share of letter pairs that two names have in common (Dice), 0 … 1. */
function alikeness(a: string, b: string): number {
  const pairs = (name: string) => new Set(Array.from(` ${name}`, (_, i) => ` ${name}`.slice(i, i + 2)))
  const [left, right] = [pairs(a), pairs(b)]
  const common = [...left].filter((pair) => right.has(pair)).length
  return (2 * common) / (left.size + right.size)
}
