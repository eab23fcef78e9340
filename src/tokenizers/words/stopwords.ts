import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError, optionError } from '../../errors.js'

/** Qdrant/bm25 brings no list for these: they are encoded without stopwords. */
const WITHOUT_LIST: readonly string[] = ['tamil']

/**
 * The stopwords of a language from `<folder>/<language>.txt`, one on a line, UTF-8.
 * @throws InputError `INVALID_OPTION` if a folder is needed and none was given
 * @throws ModelError `MODEL_FILE_MISSING` if there is no list; FastEmbed would go on without stopwords
 */
export async function readStopwords(folder: string | undefined, language: string): Promise<ReadonlySet<string>> {
  if (WITHOUT_LIST.includes(language)) return new Set()
  if (folder === undefined) {
    throw optionError(
      `Expected stopwordsFolder, the folder of ${language}.txt, or stopwords ([] for none); got neither.`,
    )
  }
  const path = join(folder, `${language}.txt`)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new ModelError(
      'MODEL_FILE_MISSING',
      `Expected the stopwords of "${language}" in ${path}, which cannot be read. ` +
        'Point stopwordsFolder at a folder with that list, or pass stopwords ([] for none).',
      { cause: error },
    )
  }
  return new Set(text.split(/\r?\n/).filter((line) => line !== ''))
}

/** A caller's own stopwords, lowercased as FastEmbed does. */
export function lowercaseStopwords(words: Iterable<string>): ReadonlySet<string> {
  return new Set(Array.from(words, (word) => word.toLowerCase()))
}
