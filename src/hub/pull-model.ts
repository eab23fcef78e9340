import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { importNotes } from '../encoders/models/import-notes.js'
import { findBundledEntry, installModel, openInstallFolder, requireSpace } from '../encoders/models/install-model.js'
import { readModelFolder } from '../encoders/models/model-folder.js'
import { ProofProcess } from '../encoders/models/proof-process.js'
import type { ModelProof } from '../encoders/models/prove-model.js'
import { type IntegerProducts, integerProductsOf } from '../encoders/network/integer-products.js'
import { InputError, OffgridError } from '../errors.js'
import { CHECKPOINT_FILE, type ModelEntry } from '../onnx/manifest.js'
import { type FoundModel, listModels, verifyModel } from '../onnx/model-files.js'
import { findKnownModel, matchModel } from '../onnx/model-registry.js'
import { rejectUnknownOptions } from '../options.js'
import { type Download, downloadFile } from './download-file.js'
import { type Hub, type HubOptions, readHub } from './hub.js'
import type { HubError } from './hub-error.js'
import { type PlannedPull, type PullPlan, planPull } from './plan-pull.js'
import { type FileSum, type Repository, readRepository } from './repository.js'
import type { HubRetryOptions } from './retry-request.js'

export interface PullOptions extends HubOptions {
  /** Branch, tag or commit. @default the commit that the model at hand has, else `main` */
  readonly revision?: string
  /** Where the model goes. @default `OFFGRID_MODELS`, else the user's own models folder */
  readonly modelsFolder?: string
  /** Fetch it also where it is at hand and whole. @default false */
  readonly force?: boolean
  /** The published checkpoint of a model, also where FastEmbed runs its ONNX file: int8 is made of it. @default false */
  readonly checkpoint?: boolean
  /** Say what would be fetched, and fetch no more than it takes to say it. @default false */
  readonly planOnly?: boolean
  /** First wait before a failed request is tried again, doubled each time. @default 500 */
  readonly baseDelayMs?: number
  /** Heeded between two pieces; what has come in stays for the next pull. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: PullProgress) => void
  /** Called with what will be fetched, before the weights are. */
  readonly onPlan?: (plan: PullPlan) => void
  /** Called before a failed request is tried again. */
  readonly onRetry?: (error: HubError) => void
}

export interface PullProgress {
  readonly path: string
  readonly doneBytes: number
  readonly totalBytes: number
}

export interface PulledModel {
  readonly entry: ModelEntry
  /** Absolute. */
  readonly modelsFolder: string
  /** Null where the model was at hand and whole: then nothing was asked of anybody. */
  readonly pulled:
    | ({
        readonly endpoint: string
        readonly repository: string
        /** Commit that every file was read at. */
        readonly revision: string
        /** By which of the hub's sums each file was checked. */
        readonly files: readonly { readonly path: string; readonly sizeBytes: number; readonly sum: FileSum }[]
        readonly proof: ModelProof
        /** What could not be checked, or is missing, a sentence each. */
        readonly notes: readonly string[]
        /** How this processor adds 8-bit products, where that decides about the model's vectors; else null. */
        readonly integerProducts: IntegerProducts | null
      } & Download)
    | null
}

const OPTION_NAMES = [
  ...['endpoint', 'tokenFile', 'caFile', 'revision', 'modelsFolder', 'force', 'baseDelayMs', 'signal'],
  ...['checkpoint', 'planOnly', 'onPlan', 'onProgress', 'onRetry'],
]
const DEFAULT_REVISION = 'main'
const BASE_DELAY_MS = 500

/** A repository of the hub: owner and name. */
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/

/**
 * Fetches a model from where it is published: a known one by its name, or any repository whose architecture can be run. It is read at one
 * commit, every file is held against the size and sum that the hub states. An interrupted pull goes on where it stopped. The model is
 * then proved by encoding a text, and at last written into the manifest with its source, commit and SHA-256 sums.
 * @throws InputError `UNKNOWN_MODEL`, `AMBIGUOUS_MODEL`, `OFFLINE`, `INVALID_OPTION`, `UNKNOWN_OPTION`, `INSECURE_ADDRESS`
 * @throws ModelError `HUB_UNREACHABLE`, `HUB_BUSY`, `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_FAILED`, `MODEL_FILE_CORRUPT`,
 * `MODEL_FILE_MISSING`, `CHECKPOINT_UNSUPPORTED`, `NO_SPACE`; what a {@link ProofProcess} throws; the signal's reason when aborted
 */
export async function pullModel(name: string, options: PullOptions & { readonly planOnly: true }): Promise<PullPlan>
export async function pullModel(name: string, options?: PullOptions): Promise<PulledModel>
export async function pullModel(name: string, options: PullOptions = {}): Promise<PulledModel | PullPlan> {
  rejectUnknownOptions(options, OPTION_NAMES, 'pullModel')
  const models = await openInstallFolder(options.modelsFolder)
  const known = findKnownModel(name)
  const wanted = known?.name ?? name
  const atHand = await listModels({ modelsFolder: models })
  const present = matchModel(wanted, atHand, ({ entry }) => entry.name)
  const isBundled = (await findBundledEntry(wanted)) !== undefined
  if (options.planOnly !== true && present !== undefined && (isBundled || (await isAsAsked(present, options)))) {
    if (isBundled) await verifyModel(wanted, { modelsFolder: models })
    return { entry: present.entry, modelsFolder: present.modelsFolder, pulled: null }
  }
  // FastEmbed's name is that of the published repository; what FastEmbed runs may lie in another one
  const source = options.checkpoint === true || known === undefined ? wanted : known.sources.hf
  if (source === undefined || !REPOSITORY.test(source)) {
    throw new InputError(
      'UNKNOWN_MODEL',
      `Unknown model "${name}": expected a name of "models list --all" or a repository of the hub, OWNER/NAME. With the files of another in a folder DIR: offgrid models import DIR --as NAME.`,
    )
  }
  const recorded = options.checkpoint === true ? undefined : present?.entry.revision
  const revision = options.revision ?? (recorded && /^[0-9a-f]{40}$/.test(recorded) ? recorded : DEFAULT_REVISION)
  const hub = await readHub(options)
  const policy = {
    baseDelayMs: options.baseDelayMs ?? BASE_DELAY_MS,
    signal: options.signal,
    onRetry: options.onRetry,
  }
  const repository = await readRepository(hub, source, revision, policy)
  // the same folder for the same commit, so that another run finds what is there
  const commit = repository.commit.slice(0, 12)
  const staged = options.planOnly ? `.${randomUUID()}.tmp` : `.${wanted.replace(/[^\w.-]+/g, '--')}-${commit}.tmp`
  const target = join(models, staged)
  try {
    const planned = await planPull(hub, repository, wanted, known, target, {
      ...policy,
      checkpoint: options.checkpoint ?? false,
    })
    options.onPlan?.(planned.plan)
    return options.planOnly ? planned.plan : await fetchModel(hub, repository, planned, models, staged, options, policy)
  } finally {
    if (options.planOnly) await rm(target, { recursive: true, force: true })
  }
}

/** Whether a model at hand needs no fetching: whole, and of the revision that was asked for. */
async function isAsAsked(
  { entry, modelsFolder }: FoundModel,
  { force, revision, checkpoint }: PullOptions,
): Promise<boolean> {
  if (checkpoint === true && (entry.network ?? CHECKPOINT_FILE) !== CHECKPOINT_FILE) return false
  if (force === true || (revision !== undefined && revision !== entry.revision)) return false
  return verifyModel(entry.name, { modelsFolder }).then(
    () => true,
    (error: unknown) => {
      // fetched again in place of what is damaged
      if (error instanceof OffgridError && error.kind === 'model') return false
      throw error
    },
  )
}

async function fetchModel(
  hub: Hub,
  repository: Repository,
  { plan, fetched }: PlannedPull,
  models: string,
  staged: string,
  options: PullOptions,
  policy: HubRetryOptions,
): Promise<PulledModel> {
  const { files, totalBytes } = plan
  await requireSpace(models, totalBytes)
  const done = { fetchedBytes: 0, resumedBytes: 0 }
  let before = 0
  for (const file of files) {
    const onProgress = (sizeBytes: number) =>
      options.onProgress?.({ path: file.path, doneBytes: before + sizeBytes, totalBytes })
    const path = join(models, staged, file.path)
    const { fetchedBytes, resumedBytes } =
      fetched.get(file.path) ??
      (await downloadFile(hub, repository.urlOf(file.path), file, path, { ...policy, onProgress }))
    done.fetchedBytes += fetchedBytes
    done.resumedBytes += resumedBytes
    before += file.sizeBytes
  }
  const apart = new ProofProcess({ signal: options.signal })
  try {
    const { unchecked: _, ...entry } = await apart.describe(join(models, staged), staged, {
      name: plan.name,
      kind: plan.kind,
      architecture: plan.architecture,
      ...(plan.network !== null && { network: plan.network }),
      ...(plan.licence !== undefined && { licence: plan.licence }),
      source: `${hub.address}/${repository.name}`,
      revision: repository.commit,
    })
    const proof = await apart.prove({ entry, modelsFolder: models })
    const folder = await readModelFolder(join(models, staged))
    const integerProducts = await integerProductsOf(entry, join(models, staged))
    const from = { endpoint: hub.address, repository: repository.name, revision: repository.commit }
    const pulled = { ...from, proof, notes: importNotes(entry, folder), integerProducts, ...done }
    return { entry: await installModel(models, staged, entry), modelsFolder: models, pulled: { ...pulled, files } }
  } finally {
    await apart.close()
    // all came as stated: what is no model now will be none the next time
    await rm(join(models, staged), { recursive: true, force: true })
  }
}
