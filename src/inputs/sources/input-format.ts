/** What a source may be said to be; `text` as a choice is one text a line, by an ending one text a file. */
export type InputFormat = 'jsonl' | 'json' | 'csv' | 'tsv' | 'parquet' | 'text'
export const INPUT_FORMATS: readonly InputFormat[] = ['jsonl', 'json', 'csv', 'tsv', 'parquet', 'text']
export type Compression = 'gzip' | 'zstd'

/** What the ending of a file's name says, whatever its case; `format` is null where it says nothing. */
export interface FileKind {
  readonly format: InputFormat | null
  readonly compression: Compression | null
}

const FORMATS: Readonly<Record<string, InputFormat>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
  txt: 'text',
  md: 'text',
  markdown: 'text',
}

const COMPRESSIONS: Readonly<Record<string, Compression>> = { gz: 'gzip', zst: 'zstd' }

const MAGIC: readonly (readonly [magic: string, compression: Compression])[] = [
  ['\x1f\x8b', 'gzip'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
]

/** How a stream is compressed, by its first bytes: null for not at all, undefined as long as they are too few to tell. */
export function compressionOf(head: Buffer): Compression | null | undefined {
  const first = head.toString('latin1', 0, 4)
  const found = MAGIC.find(([magic]) => first.startsWith(magic))
  if (found !== undefined) return found[1]
  return MAGIC.some(([magic]) => magic.startsWith(first)) ? undefined : null
}

/** All endings that are read, for messages. */
export const KNOWN_ENDINGS = `${Object.keys(FORMATS)
  .map((ending) => `.${ending}`)
  .join(', ')}, each also with .gz or .zst`

/** A file's ending as it is counted: `.md`, `.jsonl.gz`; empty where there is none. */
export function endingOf(path: string): string {
  return /[^./\\](\.[a-z0-9]{1,10}(?:\.(?:gz|zst))?)$/i.exec(path)?.[1]?.toLowerCase() ?? ''
}

/** `kindOf('a/b.JSONL.gz')` is `{ format: 'jsonl', compression: 'gzip' }`. */
export function fileKindOf(path: string): FileKind {
  const endings = path.toLowerCase().split(/[\\/]/).at(-1)!.split('.').slice(1)
  const compression = COMPRESSIONS[endings.at(-1) ?? ''] ?? null
  const ending = endings.at(compression === null ? -1 : -2) ?? ''
  return { format: Object.hasOwn(FORMATS, ending) ? FORMATS[ending]! : null, compression }
}
