import { DEFAULT_MODELS } from '../encoders/default-models.js'
import { withModelPrompts } from '../encoders/model-prompts.js'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import { type InputError, optionError } from '../errors.js'
import type { Precision } from '../graph/precision.js'

export type RowUnit = 'texts/s' | 'tokens/s' | 'ms'

/** What a row measures, in plain data that is handed to its process. */
export type RowTask =
  | { readonly kind: 'encode'; readonly spec: EncoderSpec }
  | { readonly kind: 'session'; readonly precision: Precision }
  | { readonly kind: 'ingest'; readonly store: StoreKind; readonly spec: EncoderSpec }
  | { readonly kind: 'query'; readonly spec: EncoderSpec }
  | { readonly kind: 'cold-start'; readonly spec: EncoderSpec }
  | { readonly kind: 'tokenizer'; readonly implementation: 'ours' | 'bare' }
  | { readonly kind: 'batches'; readonly precision: Precision }
  | { readonly kind: 'growth'; readonly spec: EncoderSpec; readonly texts: number }
  | { readonly kind: 'quality'; readonly spec: EncoderSpec }
  | { readonly kind: 'index'; readonly points: number }

export type StoreKind = 'memory' | 'local' | 'qdrant'

/** A line of the result. */
export interface Row {
  readonly name: string
  readonly title: string
  readonly unit: RowUnit
  /** Rows whose speed this one is held against. */
  readonly references: readonly string[]
  readonly task: RowTask
  /** Measured where --rows names nothing. */
  readonly isDefault: boolean
  /** Measured in the first round only: it takes long, or it repeats within itself. */
  readonly isOnce: boolean
}

const PRECISIONS: readonly Precision[] = ['fp32', 'int8']
const STORES: readonly StoreKind[] = ['memory', 'local', 'qdrant']
const GROWTH_TEXTS = [1_000, 10_000, 100_000]
const INDEX_POINTS = [250_000, 1_000_000]

const denseSpec = (precision: Precision): EncoderSpec => ({ dense: DEFAULT_MODELS.dense, precision })
const lateSpec = (precision: Precision): EncoderSpec => ({ late: DEFAULT_MODELS.late, precision })
const hybridSpec = (precision: Precision): EncoderSpec => ({
  dense: DEFAULT_MODELS.dense,
  sparse: DEFAULT_MODELS.bm25,
  late: DEFAULT_MODELS.late,
  precision,
})

/** Of the tasks whose rows do not tell texts a second. */
const UNITS: Readonly<Partial<Record<RowTask['kind'], RowUnit>>> = {
  query: 'ms',
  'cold-start': 'ms',
  index: 'ms',
  batches: 'tokens/s',
}

/** Every row there is. */
export const ROWS: readonly Row[] = [
  ...PRECISIONS.flatMap((precision) => [
    row(`session-${precision}`, `bare session.run, dense, ${precision}`, { kind: 'session', precision }),
    row(
      `dense-${precision}`,
      `dense, ${precision}`,
      { kind: 'encode', spec: denseSpec(precision) },
      precision === 'fp32' ? ['session-fp32'] : [`session-${precision}`, 'dense-fp32'],
    ),
    row(
      `late-${precision}`,
      `late interaction, ${precision}`,
      { kind: 'encode', spec: lateSpec(precision) },
      [`dense-${precision}`],
      precision === 'fp32',
    ),
    row(
      `all-${precision}`,
      `dense + BM25 + late in one pass, ${precision}`,
      { kind: 'encode', spec: hybridSpec(precision) },
      [`dense-${precision}`],
    ),
  ]),
  row('bm25', 'BM25', { kind: 'encode', spec: { sparse: DEFAULT_MODELS.bm25 } }),
  ...PRECISIONS.flatMap((precision) =>
    STORES.flatMap((store) => [
      row(
        `ingest-${store}-dense-${precision}`,
        `ingest into ${store}, dense, ${precision}`,
        { kind: 'ingest', store, spec: denseSpec(precision) },
        [`dense-${precision}`],
        precision === 'fp32',
      ),
      row(
        `ingest-${store}-all-${precision}`,
        `ingest into ${store}, all three vectors, ${precision}`,
        { kind: 'ingest', store, spec: hybridSpec(precision) },
        [`ingest-${store}-dense-${precision}`],
        precision === 'fp32',
      ),
    ]),
  ),
  ...PRECISIONS.flatMap((precision) => [
    row(
      `query-${precision}`,
      `hybrid search on the local store, p50, ${precision}`,
      { kind: 'query', spec: hybridSpec(precision) },
      [],
      precision === 'fp32',
    ),
    row(`cold-start-${precision}`, `process start to first vector, ${precision}`, {
      kind: 'cold-start',
      spec: denseSpec(precision),
    }),
  ]),
  row('tokenizer', 'WordPiece, one thread', { kind: 'tokenizer', implementation: 'ours' }, ['tokenizer-bare']),
  row('tokenizer-bare', 'bare @huggingface/tokenizers, one thread', { kind: 'tokenizer', implementation: 'bare' }),
  ...PRECISIONS.flatMap((precision) => [
    once(`batches-${precision}`, `B texts of L tokens in a run, one thread, ${precision}`, {
      kind: 'batches',
      precision,
    }),
    ...GROWTH_TEXTS.map((texts) =>
      row(
        `growth-${precision}-${texts}`,
        `${texts.toLocaleString('en-US')} generated short texts, dense, ${precision}`,
        { kind: 'growth', spec: denseSpec(precision), texts },
        texts === GROWTH_TEXTS[0] ? [] : [`growth-${precision}-${GROWTH_TEXTS[0]}`],
        false,
      ),
    ),
    once(`quality-${precision}`, `whole corpus embedded and searched, ${precision}`, {
      kind: 'quality',
      spec: hybridSpec(precision),
    }),
  ]),
  ...INDEX_POINTS.map((points) =>
    once(`index-${points}`, `approximate index of ${points.toLocaleString('en-US')} vectors, p50 of a search`, {
      kind: 'index',
      points,
    }),
  ),
]

function row(name: string, title: string, task: RowTask, references: readonly string[] = [], isDefault = true): Row {
  return { name, title, unit: UNITS[task.kind] ?? 'texts/s', references, task, isDefault, isOnce: false }
}

function once(name: string, title: string, task: RowTask): Row {
  return { ...row(name, title, task, [], false), isOnce: true }
}

/** What decides which rows can be measured. */
export interface RowSelection {
  /** Names, or beginnings of names up to a hyphen: `ingest-local` is all that goes into the local store. */
  readonly names?: readonly string[] | undefined
  readonly hasQdrant: boolean
  readonly hasJudgements: boolean
  /** Adds the rows of retrieval quality, which embed the whole corpus. */
  readonly quality: boolean
}

/**
 * The rows to measure, in the order of {@link ROWS}.
 * @throws InputError `INVALID_OPTION` for a name that is no row, a Qdrant row without QDRANT_URL, quality without judgements
 */
export function selectRows({ names, hasQdrant, hasJudgements, quality }: RowSelection): Row[] {
  const chosen = new Set<Row>()
  if (names === undefined) {
    for (const row of ROWS) if (row.isDefault && (hasQdrant || !needsQdrant(row))) chosen.add(row)
  }
  for (const name of names ?? []) {
    const found = ROWS.filter((row) => row.name === name || row.name.startsWith(`${name}-`))
    // the beginning of several names stands for those that can run here
    const usable = found.length === 1 ? found : found.filter((row) => hasQdrant || !needsQdrant(row))
    if (usable.length === 0) throw noSuchRow(name, found)
    for (const row of usable) chosen.add(row)
  }
  if (quality) {
    for (const precision of precisionsOf([...chosen])) {
      chosen.add(ROWS.find((row) => row.name === `quality-${precision}`)!)
    }
  }
  const rows = ROWS.filter((row) => chosen.has(row))
  for (const row of rows) {
    if (needsQdrant(row) && !hasQdrant) throw noSuchRow(row.name, [row])
    if (row.task.kind === 'quality' && !hasJudgements) throw noSuchRow(row.name, [row])
  }
  return rows
}

/** Models that rows are measured with in place of the bundled ones. */
export type BenchModels = Pick<EncoderSpec, 'dense' | 'sparse' | 'late'>

/**
 * A row with other models in the place of those that it measures, and their own prompts unless these are ruled out. Rows of the bundled
 * dense model's bare session are no measure of another.
 */
export async function withModels(row: Row, models: BenchModels, prefixes: 'model' | 'none'): Promise<Row> {
  if (!('spec' in row.task)) return row
  const { spec } = row.task
  const named = Object.entries(models).filter(([kind]) => spec[kind as keyof BenchModels] !== undefined)
  const changed = await withModelPrompts({ ...spec, ...Object.fromEntries(named), prefixes })
  const isBundled = models.dense === undefined
  const references = row.references.filter((name) => isBundled || !name.startsWith('session-'))
  return { ...row, references, task: { ...row.task, spec: changed } }
}

function needsQdrant({ task }: Row): boolean {
  return task.kind === 'ingest' && task.store === 'qdrant'
}

function precisionsOf(rows: readonly Row[]): Precision[] {
  const found = PRECISIONS.filter((precision) => rows.some((row) => row.name.endsWith(precision)))
  return found.length > 0 ? found : ['fp32']
}

function noSuchRow(name: string, found: readonly Row[]): InputError {
  if (found.some(needsQdrant)) return optionError(`Row "${name}" needs QDRANT_URL to be set.`)
  if (found.length > 0)
    return optionError(
      `Row "${name}" (and --quality) needs questions with judgements: expected --corpus to be a BEIR directory.`,
    )
  return optionError(
    `--rows: expected some of ${ROWS.map((row) => row.name).join(', ')}, or the beginning of such names; got "${name}".`,
  )
}
