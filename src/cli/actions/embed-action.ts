import type { Command } from 'commander'
import type { Side } from '../../encoders/encoder.js'
import { specForModel } from '../../encoders/open-encoder.js'
import type { Precision } from '../../graph/precision.js'
import { describeMapping } from '../../inputs/mapping/document-mapping.js'
import { readDocuments } from '../../inputs/read-documents.js'
import { given } from '../../options.js'
import { planCollection } from '../../pipeline/collection/collection-plan.js'
import { embedDocuments } from '../../pipeline/documents/embed-documents.js'
import type { Rejection } from '../../pipeline/documents/good-documents.js'
import { recipeOfPlan } from '../../pipeline/points-files/points-recipe.js'
import { idsFileOf, recipeFileOf } from '../../pipeline/points-files/side-files.js'
import { type MappingFlags, mappingOf, tellNotice } from '../ingest/mapping-options.js'
import { DocumentTally } from '../report/document-tally.js'
import { openReportedPool, type PoolFlags } from '../report/open-reported-pool.js'
import { RejectionLog } from '../report/rejection-log.js'
import { describeFigures, type ReportFlags, RunReport, rejectedPart, reportNeed } from '../report/run-report.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { refuseIdleOptions } from '../shared/idle-options.js'
import { interruptible } from '../shared/interrupt.js'
import { fillOutput, outputFailure, requireOtherFile } from '../shared/output-file.js'
import { type CommonFlags, countOf, formatDuration, Terminal } from '../shared/terminal.js'
import { untilAborted } from '../shared/until-aborted.js'
import { openVectorWriter } from '../shared/vector-writer.js'

export interface EmbedFlags extends CommonFlags, MappingFlags, ReportFlags, PoolFlags {
  readonly model: string
  readonly as: 'passage' | 'query'
  readonly out?: string
  readonly precision: Precision
  readonly prompts: 'model' | 'none'
  readonly maxTokens?: number
  readonly errors?: string
}

/** What `embed` does with its sources. @returns the exit code */
export async function embedAction(sources: readonly string[], flags: EmbedFlags, command: Command): Promise<number> {
  const terminal = new Terminal(flags)
  const { model, out, errors } = flags
  refuseIdleOptions(command, [reportNeed(flags)])
  const spec = await specForModel(model, {
    precision: flags.precision,
    prefixes: flags.prompts,
    ...given({ maxTokens: flags.maxTokens }),
  })
  await requireOtherFile('--out', out, sources)
  if (out?.endsWith('.npy')) await requireOtherFile('--out', idsFileOf(out), sources)
  if (out !== undefined) await requireOtherFile('--out', recipeFileOf(out), sources)
  await requireOtherFile('--errors', errors, sources)
  await requireOtherFile('--log', flags.log, sources)
  const side: Side = flags.as === 'query' ? 'query' : 'document'
  const recipe = recipeOfPlan(
    await planCollection(spec, { idField: flags.id, mapping: describeMapping(mappingOf(flags)) }),
    side,
  )
  await using report = await RunReport.open(flags, terminal, { sources, model, as: flags.as, out: out ?? null })
  const writer = await openVectorWriter(out, terminal.isJson, recipe).catch(outputFailure('--out', out))
  const log = await RejectionLog.open(errors, report).catch(async (error: unknown) => {
    await writer.discard()
    throw error
  })
  const started = performance.now()
  const totals = { documents: 0, failed: 0, truncated: 0, tokens: 0 }
  let cutTokens = 0
  const tally = new DocumentTally()
  try {
    using interrupt = interruptible(() => terminal.note('stopping'))
    const { signal } = interrupt
    using bar = terminal.progress('embed')
    const onNotice = tellNotice(terminal)
    const input = readDocuments(sources, { ...mappingOf(flags), onNotice, requireFields: true })
    const records = tally.watch(untilAborted(input, signal))
    const onRejected = (rejection: Rejection) => {
      totals.failed += 1
      log.add(rejection)
    }
    const isWritten = await fillOutput(out, writer, signal, async () => {
      await using pool = await openReportedPool(flags, spec, report)
      const watched = report.watch.watchRecords(records)
      for await (const embedded of embedDocuments(watched, pool.encoder(spec), side, { onRejected, signal })) {
        await writer.write(embedded)
        totals.documents += embedded.length
        for (const document of embedded) {
          totals.tokens += document.tokens
          totals.truncated += document.cutTokens > 0 ? 1 : 0
          cutTokens += document.cutTokens
        }
        const figures = report.progress({ ...totals, points: 0, unchanged: 0, cutTokens })
        const seconds = (performance.now() - started) / 1000
        const rate = `${(totals.documents / seconds).toFixed(1)}/s`
        bar.update(
          null,
          rate,
          ...rejectedPart(totals.failed),
          countOf(totals.documents, 'document'),
          ...describeFigures(figures),
        )
      }
      bar.stop()
    })
    if (!isWritten) {
      terminal.warn('interrupted: nothing was written')
      return EXIT_CODE.interrupted
    }
  } catch (error) {
    throw report.failed(error)
  } finally {
    await log.close()
  }
  const seconds = (performance.now() - started) / 1000
  report.ended({ ...totals, seconds })
  log.show(terminal)
  const result = { ...totals, seconds, model, out: out ?? null }
  if (out !== undefined)
    terminal.result(result, `${countOf(totals.documents, 'vector')} written to ${out} in ${formatDuration(seconds)}`)
  if (!tally.hasDocuments(sources, terminal)) return EXIT_CODE.wrongUsage
  return totals.failed > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
}
