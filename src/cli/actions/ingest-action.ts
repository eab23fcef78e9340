import type { Command } from 'commander'
import { Bm25Encoder } from '../../encoders/bm25/bm25.js'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { optionError } from '../../errors.js'
import type { InputNotice } from '../../inputs/input-notice.js'
import { describeMapping } from '../../inputs/mapping/document-mapping.js'
import { readDocuments } from '../../inputs/read-documents.js'
import { given } from '../../options.js'
import { readDeclaration } from '../../pipeline/collection/collection-declaration.js'
import { type CollectionPlan, planCollection } from '../../pipeline/collection/collection-plan.js'
import { keepRecipe } from '../../pipeline/collection/keep-recipe.js'
import { withLayout } from '../../pipeline/collection/layout.js'
import { storeWeights } from '../../pipeline/collection/list-weights.js'
import { declareCollection } from '../../pipeline/collection/prepare-collection.js'
import { resolveCollection } from '../../pipeline/collection/resolve-collection.js'
import { fitBm25 } from '../../pipeline/documents/fit-bm25.js'
import { parsePartition } from '../../pipeline/documents/partition.js'
import { type RunRequest, type RunSummary, runIngest } from '../../pipeline/runs/run-ingest.js'
import { runsFolder } from '../../pipeline/runs/run-records.js'
import type { EncoderPool } from '../../pool/encoder-pool.js'
import { withStore } from '../../stores/open-store.js'
import type { Store } from '../../stores/store.js'
import { continuingArgs } from '../ingest/continuing-args.js'
import { ForeignTexts } from '../ingest/foreign-texts.js'
import { runDryRun } from '../ingest/ingest-dry-run.js'
import {
  chunkingOf,
  type IngestFlags,
  ingestSpec,
  refuseIdleIngestOptions,
  saidOfRecipe,
} from '../ingest/ingest-options.js'
import { runIngestVectors } from '../ingest/ingest-points-file.js'
import { describeProgress, printIngestSummary } from '../ingest/ingest-summary.js'
import {
  dropIfEmpty,
  ingestLocation,
  prepareDrop,
  refuseForParts,
  settleCollection,
  startsOver,
} from '../ingest/ingest-target.js'
import { InputPosition } from '../ingest/input-position.js'
import { mappingOf, tellNotice, textFieldsOf } from '../ingest/mapping-options.js'
import { UnsegmentedTexts } from '../ingest/unsegmented-texts.js'
import { refuseForQueue } from '../queue/queue-flags.js'
import { DocumentTally } from '../report/document-tally.js'
import { openReportedPool } from '../report/open-reported-pool.js'
import { RejectionLog } from '../report/rejection-log.js'
import { describeFigures, RunReport } from '../report/run-report.js'
import { TimeLeft } from '../report/time-left.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { storeLocation } from '../shared/flags.js'
import { interruptible } from '../shared/interrupt.js'
import { requireOtherFile } from '../shared/output-file.js'
import { formatDuration, Terminal } from '../shared/terminal.js'
import { untilAborted } from '../shared/until-aborted.js'
import { readWeights } from '../shared/weights-option.js'

/** What `ingest` does with its sources. @returns the exit code */
export async function ingestAction(sources: readonly string[], flags: IngestFlags, command: Command): Promise<number> {
  const terminal = new Terminal(flags)
  if (flags.vectorsFrom !== undefined) {
    return await runIngestVectors(flags.vectorsFrom, sources, flags, terminal, command)
  }
  if (sources.length === 0)
    throw optionError('Expected a source of documents or --vectors-from. Such as: offgrid ingest docs.jsonl')
  await refuseIdleIngestOptions(command, flags)
  const weights = flags.weights === undefined ? undefined : await readWeights(flags.weights)
  await requireOtherFile('--errors', flags.errors, sources)
  await requireOtherFile('--log', flags.log, sources)
  refuseForParts(flags)
  refuseForQueue(flags, storeLocation(flags, process.env))
  const declared = flags.collectionConfig === undefined ? {} : await readDeclaration(flags.collectionConfig)
  const spec = ingestSpec(flags)
  // an unknown language must not leave a collection behind
  if (spec.bm25 !== undefined) await Bm25Encoder.open({ model: DEFAULT_MODELS.bm25, ...spec.bm25 })
  const made = await planCollection(spec, {
    idField: flags.id,
    mapping: describeMapping(mappingOf(flags)),
    chunking: chunkingOf(flags),
  })
  const plan = declareCollection(withLayout(made, flags.layout === 'offgrid' ? undefined : flags.layout), declared)
  if (flags.dryRun === true)
    return await runDryRun(
      sources,
      readInput(sources, flags, { isNew: true, onNotice: tellNotice(terminal) }),
      plan,
      flags,
      terminal,
    )
  const location = ingestLocation(flags, declared)
  if (flags.queue !== undefined) {
    const { runQueuedIngest } = await import('../queue/queued-ingest.js')
    return await runQueuedIngest({ sources, flags, location, spec, plan }, terminal)
  }
  const run: RunRequest = {
    folder: runsFolder(location),
    args: continuingArgs(command, sources, location),
    sources,
    reading: {
      id: flags.id ?? null,
      ...describeMapping(mappingOf(flags)),
      ...given({ partition: flags.partition }),
    },
    restart: startsOver(flags),
    prune: flags.prune === true,
  }
  return withStore(location, 'write', async (store) => {
    using interrupt = interruptible(() =>
      terminal.note('stopping: finishing the batches under way; press Ctrl-C again to end at once'),
    )
    const collection = await resolveCollection(store, flags.collection)
    const own = { ...flags, collection }
    const drop = await prepareDrop(store, sources, own)
    // what is going to be dropped may be damaged
    const wasThere = drop !== undefined || (await store.describeCollection(collection)) !== null
    // what a collection was made with is not to be in every file that is added
    const isNew = drop !== undefined || !wasThere
    const kept = await keepRecipe({ store, collection, plan }, saidOfRecipe(flags), run.restart)
    const fitted =
      flags.avgLen === 'fit'
        ? await fitBm25({ store, collection, plan: kept }, readTwice(run, flags, isNew), interrupt.signal, run.restart)
        : kept
    if (fitted === kept && interrupt.signal.aborted) return EXIT_CODE.interrupted
    await using report = await RunReport.open(flags, terminal, {
      store: store.location,
      sources,
      collection,
      vectors: kept.vectors,
    })
    await using pool = await openReportedPool(flags, plan.spec, report)
    const tally = new DocumentTally()
    const parts = { store, plan: fitted, pool, report, terminal, signal: interrupt.signal, drop, tally, isNew }
    const summary = await ingestWithProgress(run, own, parts).catch((error: unknown) => {
      throw report.failed(error)
    })
    if (summary.interrupted) {
      terminal.advise('interrupted: what was encoded is stored; to continue', run.args)
      return EXIT_CODE.interrupted
    }
    if (weights !== undefined) await storeWeights({ store, collection }, weights)
    if (run.prune && summary.pruned === null)
      terminal.warn('nothing was pruned: a record that could not be read may be a document that is stored')
    await settleCollection(store, own, terminal, interrupt.signal)
    if (!tally.hasDocuments(sources, terminal)) {
      if (!wasThere) await dropIfEmpty(store, own)
      return EXIT_CODE.wrongUsage
    }
    return summary.failed > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
  })
}

/** @throws InputError `INVALID_OPTION` if stdin, which is read once, is to be read twice */
function readTwice(run: RunRequest, flags: IngestFlags, isNew: boolean) {
  if (run.sources.includes('-')) {
    throw optionError('--avg-len fit reads the documents twice: expected files, got - (stdin).')
  }
  return readInput(run.sources, flags, { isNew })
}

function readInput(
  sources: readonly string[],
  flags: IngestFlags,
  { isNew, onNotice }: { isNew: boolean; onNotice?: (notice: InputNotice) => void },
) {
  return readDocuments(sources, { ...mappingOf(flags), onNotice, requireFields: isNew || 'text' })
}

/** What a run works with. */
interface IngestParts {
  readonly store: Store
  readonly plan: CollectionPlan
  readonly pool: EncoderPool
  readonly report: RunReport
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** Drops what the collection holds; undefined where that was not asked for. */
  readonly drop: (() => Promise<readonly string[]>) | undefined
  readonly tally: DocumentTally
  /** Whether the collection is made by this run. */
  readonly isNew: boolean
}

async function ingestWithProgress(
  run: RunRequest,
  flags: IngestFlags,
  { store, plan, pool, report, terminal, signal, drop, tally, isNew }: IngestParts,
): Promise<RunSummary> {
  report.watch.watchStore(store)
  const position = await InputPosition.of(run.sources)
  const log = await RejectionLog.open(flags.errors, report)
  using bar = terminal.progress('ingest')
  const timeLeft = new TimeLeft()
  const unsegmented = new UnsegmentedTexts(plan)
  const encoder = pool.encoder(plan.spec)
  const opened = { store, collection: flags.collection, plan, encoder }
  // a model that cannot be opened must not cost the collection
  const beforePrepare =
    drop &&
    (async () => {
      await encoder.encode([], 'document')
      return await drop()
    })
  try {
    const input = tally.watch(
      untilAborted(readInput(run.sources, flags, { isNew, onNotice: tellNotice(terminal) }), signal),
    )
    const foreign = new ForeignTexts(plan, flags.poolFactor !== undefined)
    const watched = foreign.watch(report.watch.watchRecords(input), (line) => terminal.warn(line))
    const records = unsegmented.watch(watched)
    const summary = await runIngest(run, records, opened, {
      signal,
      beforePrepare,
      onUpsert: report.watch.onUpsert,
      textField: textFieldsOf(flags),
      partition: flags.partition === undefined ? undefined : parsePartition(flags.partition),
      onRejected: (rejection) => log.add(rejection),
      onProgress: (progress) => {
        const figures = report.progress({ ...progress, cutTokens: progress.tokensLost })
        const fraction = position.fractionAt(progress.place)
        const left = timeLeft.at(fraction, progress)
        bar.update(
          fraction,
          ...(left === null ? [] : [{ text: `${formatDuration(left)} left`, as: 'strong' } as const]),
          ...describeProgress(progress),
          ...describeFigures(figures),
        )
      },
    })
    bar.stop()
    report.ended(summary)
    log.show(terminal)
    const { precision, collection } = flags
    const setting = {
      precision,
      workers: pool.workers,
      collection,
      store: store.location,
      couldCut: plan.chunking === null && plan.layout === undefined,
      saidUncut: foreign.saysUncut,
    }
    printIngestSummary(summary, setting, unsegmented, terminal)

    return summary
  } finally {
    await log.close()
  }
}
