import type { FolderNotice } from '../input-notice.js'
import { endingOf, fileKindOf, type InputFormat } from './input-format.js'
import type { FolderFiles } from './walk-folder.js'

/** Kinds of files in a folder, those that are taken first: where there are records, texts beside them are about them (a README). */
const PREFERRED: readonly (readonly InputFormat[])[] = [['jsonl', 'csv', 'tsv', 'parquet'], ['text'], ['json']]

/** What a folder holds and which of it is read. */
export interface ChosenFiles {
  /** Paths below the folder. */
  readonly files: readonly string[]
  readonly notice: FolderNotice
}

/**
 * Chooses the files of a folder that are read: its records (JSON lines, CSV, Parquet) where it has some, else its texts, else its JSON files.
 * @param format what all sources are said to be: then the files of that kind, by their endings, are taken
 */
export function chooseFiles(
  folder: string,
  { files, hidden }: FolderFiles,
  format: InputFormat | undefined,
): ChosenFiles {
  const formats = files.map((file) => fileKindOf(file).format)
  const groups = format === undefined ? PREFERRED : [[format]]
  const group = groups.find((each) => formats.some((found) => found !== null && each.includes(found))) ?? []
  const isTaken = (i: number) => formats[i] !== null && group.includes(formats[i]!)
  const taken = files.filter((_, i) => isTaken(i))
  const skipped = files.filter((_, i) => !isTaken(i))
  const counts = { taken: countByEnding(taken), skipped: countByEnding(skipped), hidden }
  return { files: taken, notice: { kind: 'folder', file: folder, message: describe(folder, counts), ...counts } }
}

type Counts = Pick<FolderNotice, 'taken' | 'skipped' | 'hidden'>

function describe(folder: string, { taken, skipped, hidden }: Counts): string {
  const passed = [...words(skipped), ...(hidden > 0 ? [`${hidden} hidden`] : [])]
  const rest = passed.length > 0 ? `; skipped ${passed.join(', ')}` : ''
  const readable = Object.keys(skipped).some((ending) => fileKindOf(`a${ending}`).format !== null)
  return `${folder}: ${words(taken).join(', ') || 'nothing'} taken${rest}${readable ? ' (name other files by a pattern)' : ''}`
}

function words(counts: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a)
  const shown = entries
    .slice(0, 10)
    .map(([ending, count]) => `${count} ${ending === '' ? 'without an ending' : ending}`)
  const rest = entries.slice(10).reduce((sum, [, count]) => sum + count, 0)
  return rest > 0 ? [...shown, `${rest} others`] : shown
}

function countByEnding(files: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(endingOf(file), (counts.get(endingOf(file)) ?? 0) + 1)
  return Object.fromEntries(counts)
}
