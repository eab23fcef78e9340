import { type Command, Option } from 'commander'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { InputError, optionError } from '../../errors.js'
import { given } from '../../options.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import { DEFAULT_COLLECTION } from '../../pipeline/collection/default-names.js'
import type { SearchOptions } from '../../pipeline/search/search-options.js'
import { usableCores } from '../../pool/usable-cores.js'
import { withStore } from '../../stores/open-store.js'
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
import { type CommonFlags, countOf, Terminal } from '../shared/terminal.js'
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
    .option('--explain', "show each hit's rank in every list, and scores as bars")
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
    throw optionError('Expected --rerank or --rerank-model, got both.')
  const filter = parseFilterFlag(flags.filter) as Filter | undefined
  const weights = flags.weights === undefined ? undefined : await readWeights(flags.weights)
  const { openEncoder } = await import('../../encoders/open-encoder.js')
  const { openCollectionPlan } = await import('../../pipeline/collection/open-collection.js')
  const { resolveCollection } = await import('../../pipeline/collection/resolve-collection.js')
  const { withReranker } = await import('../../pipeline/search/rerank-hits.js')
  const { search } = await import('../../pipeline/search/search.js')
  const { openWordMatcher } = await import('../../pipeline/search/matched-words.js')
  const { describeHits } = await import('../search/describe-hits.js')
  await withStore(storeLocation(flags, process.env), 'read', async (store) => {
    const collection = await resolveCollection(store, flags.collection)
    const plan = await openCollectionPlan(store, collection, DEFAULT_MODELS, {
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
          ...given({ methods: flags.methods, filter, weights }),
        }
        const opened = { store, collection, plan, encoder }
        const hits = await search(opened, query, options, scorePairs)
        const milliseconds = performance.now() - started
        const openMatcher =
          (await openWordMatcher(plan.spec)) ?? (await openWordMatcher({ sparse: DEFAULT_MODELS.bm25 }))!
        const lines = describeHits(hits, {
          columns: Terminal.columns,
          match: openMatcher(query),
          isExplained: flags.explain === true,
          textField: flags.textField,
        })
        terminal.result({ query, hits, milliseconds }, lines)
        terminal.note(`${countOf(hits.length, 'hit')} in ${milliseconds.toFixed(0)} ms`)
      } finally {
        await encoder.close()
      }
    })
  })
}
