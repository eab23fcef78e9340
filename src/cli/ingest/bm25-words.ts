import { type Command, Option } from 'commander'
import type { FastEmbedBm25Options } from '../../encoders/bm25/bm25-options.js'
import { given } from '../../options.js'
import { SEGMENTERS, type Segmenter, UNSPACED_LANGUAGES } from '../../tokenizers/words/segmented-words.js'

/** How BM25 makes words of texts. */
export interface WordFlags {
  readonly language?: string
  readonly segmenter?: Segmenter
}

/** The options of every command that makes BM25 vectors of documents. */
export function addWordOptions(command: Command): Command {
  return command
    .option(
      '--language <name>',
      `language of BM25's stemmer and stopwords (default: english), or ${UNSPACED_LANGUAGES.join(', ')}`,
    )
    .addOption(
      new Option(
        '--segmenter <name>',
        'how BM25 finds words in scripts without spaces (default: ngrams for those three languages, otherwise off)',
      ).choices(SEGMENTERS),
    )
}

/** What they say, as BM25's options. */
export function bm25Words({ language, segmenter }: WordFlags): Pick<FastEmbedBm25Options, 'language' | 'segmenter'> {
  return given({ language, segmenter })
}
