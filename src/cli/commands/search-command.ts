import { type Command, Option } from 'commander'
import { STORED_FIELDS } from '../../document.js'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { InputError } from '../../errors.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import { DEFAULT_COLLECTION } from '../../pipeline/collection/default-names.js'
import { hitText } from '../../pipeline/search/hit-text.js'
import type { RankedHit, SearchOptions } from '../../pipeline/search/search.js'
import { usableCores } from '../../pool/usable-cores.js'
import { openStore } from '../../stores/open-store.js'
import type { Filter } from '../../stores/store.js'
import { addWordOptions, bm25Words, type WordFlags } from '../ingest/bm25-words.js'
import { addModelOptions, type ModelFlags, namedModels } from '../ingest/model-options.js'
import {
  addStoreOptions,
  integerFrom,
  parseFilterFlag,
  parseMethods,
  type StoreFlags,
  storeLocation,
} from '../shared/flags.js'
import { type CommonFlags, countOf, formatTable, Terminal } from '../shared/terminal.js'
import { readWeights } from '../shared/weights-option.js'

interface SearchFlags extends CommonFlags, StoreFlags, WordFlags, ModelFlags {
  readonly collection: string
  readonly limit: number
  readonly prefetch: number
  readonly methods?: Method[]
  readonly fusion: 'dbsf' | 'rrf'
  readonly weights?: string
  readonly rerank?: boolean
  readonly rerankModel?: string
  readonly filter?: string
  readonly explain?: boolean
  readonly using: string[]
  readonly textField?: string
}

export function addSearch(command: Command): void {
  command.option('--collection <name>', 'collection to search', DEFAULT_COLLECTION)
  addStoreOptions(command)
    .option('--limit <n>', 'number of hits', integerFrom(1), 10)
    .option('--prefetch <n>', 'number of candidates that each method finds', integerFrom(1), 100)
    .option('--methods <list>', 'methods to use (default: all that the collection has vectors for)', parseMethods)
    .addOption(
      new Option('--fusion <kind>', 'how lists are fused: by score (dbsf) or by rank (rrf, with k = 2)')
        .choices(['dbsf', 'rrf'])
        .default('dbsf'),
    )
    .option(
      '--weights <list|file>',
      'how much each list counts, such as dense=1,bm25=2,late=0.5, or the file of eval --tune (default: what the collection says, else 1)',
    )
    .option('--rerank', 'order the fused candidates by late interaction alone')
    .option(
      '--rerank-model <name>',
      'order the fused hits, as many as --prefetch, by a cross-encoder that reads their texts',
    )
    .option('--filter <json>', 'only hits whose fields match: {"must":[{"key":"topic","match":{"value":"billing"}}]}')
    .option('--explain', "show each hit's rank in every list")
    .option(
      '--using <name>',
      'vector of a collection that another program filled, for each model one; "" is the one without a name',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option('--text-field <path>', "field with a point's text (default: where known programs keep it)")
  addModelOptions(addWordOptions(command)).action(runSearch)
}

async function runSearch(words: readonly string[], flags: SearchFlags): Promise<void> {
  const terminal = new Terminal(flags)
  const query = words.join(' ')
  if (query.trim() === '')
    throw new InputError('EMPTY_QUERY', 'Expected a question to search for, got nothing but white space.')
  if (flags.rerank === true && flags.rerankModel !== undefined)
    throw new InputError('INVALID_OPTION', 'Expected --rerank or --rerank-model, got both.')
  const filter = parseFilterFlag(flags.filter) as Filter | undefined
  const weights = flags.weights === undefined ? undefined : await readWeights(flags.weights)
  const { openEncoder } = await import('../../encoders/open-encoder.js')
  const { openCollectionPlan } = await import('../../pipeline/collection/open-collection.js')
  const { withReranker } = await import('../../pipeline/search/rerank-hits.js')
  const { search } = await import('../../pipeline/search/search.js')
  const store = await openStore(storeLocation(flags, process.env), 'read')
  try {
    const plan = await openCollectionPlan(store, flags.collection, DEFAULT_MODELS, {
      words: bm25Words(flags),
      models: namedModels(flags),
      prompts: flags.prompts,
      using: flags.using,
    })
    const threads = usableCores()
    await withReranker(flags.rerankModel, threads, async (scorePairs) => {
      const encoder = await openEncoder({ ...plan.spec, threads })
      try {
        const started = performance.now()
        const options: SearchOptions = {
          limit: flags.limit,
          prefetch: flags.prefetch,
          fusion: flags.fusion,
          rerank: flags.rerank === true,
          ...(flags.methods !== undefined && { methods: flags.methods }),
          ...(filter !== undefined && { filter }),
          ...(weights !== undefined && { weights }),
        }
        const opened = { store, collection: flags.collection, plan, encoder }
        const hits = await search(opened, query, options, scorePairs)
        const milliseconds = performance.now() - started
        const show = flags.explain === true ? explainHits : listHits
        terminal.result({ query, hits, milliseconds }, show(hits, flags.textField))
        terminal.note(`${countOf(hits.length, 'hit')} in ${milliseconds.toFixed(0)} ms`)
      } finally {
        await encoder.close()
      }
    })
  } finally {
    await store.close()
  }
}

/** Characters of a passage that are shown. */
const EXCERPT_LENGTH = 240

function listHits(hits: readonly RankedHit[], textField?: string): string {
  if (hits.length === 0) return 'no hits'
  return hits
    .map((hit, i) => `${i + 1}. ${nameOf(hit)}  (${hit.score.toFixed(4)})\n   ${excerpt(hit, textField)}`)
    .join('\n')
}

function explainHits(hits: readonly RankedHit[], textField?: string): string {
  const rank = (value: number | null) => (value === null ? '-' : String(value))
  const rows = hits.map((hit, i) => [
    String(i + 1),
    String(hit.documentId),
    hit.score.toFixed(4),
    rank(hit.ranks.dense),
    rank(hit.ranks.bm25),
    rank(hit.ranks.fused),
    rank(hit.ranks.late),
  ])
  const table = formatTable(['#', 'document', 'score', 'dense', 'bm25', 'fused', 'late'], rows)
  const texts = hits.map((hit, i) => `${i + 1}. ${nameOf(hit)}\n   ${excerpt(hit, textField)}`)
  return hits.length === 0 ? 'no hits' : `${table}\n\n${texts.join('\n')}`
}

/** The document, and which part of it was found. */
function nameOf({ documentId, payload }: RankedHit): string {
  const { [STORED_FIELDS.chunk]: chunk, [STORED_FIELDS.chunks]: chunks } = payload ?? {}
  const isChunk = typeof chunk === 'number' && typeof chunks === 'number'
  return isChunk ? `${documentId}, part ${chunk + 1} of ${chunks}` : String(documentId)
}

function excerpt(hit: RankedHit, textField?: string): string {
  const text = hitText(hit.payload, textField).replace(/\s+/g, ' ')
  return text.length <= EXCERPT_LENGTH ? text : `${text.slice(0, EXCERPT_LENGTH).replace(/\S*$/, '')}…`
}
