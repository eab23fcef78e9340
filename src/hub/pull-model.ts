import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { selectModelFiles } from '../encoders/models/find-model-files.js'
import { findBundledEntry, installModel, openInstallFolder, requireSpace } from '../encoders/models/install-model.js'
import { ProofProcess } from '../encoders/models/proof-process.js'
import type { ModelProof } from '../encoders/models/prove-model.js'
import { type IntegerProducts, integerProductsOf } from '../encoders/network/integer-products.js'
import { InputError, OffgridError } from '../errors.js'
import type { ModelEntry } from '../onnx/manifest.js'
import { type FoundModel, listModels, verifyModel } from '../onnx/model-files.js'
import { findKnownModel, type KnownModel } from '../onnx/model-registry.js'
import { rejectUnknownOptions } from '../options.js'
import { type Download, downloadFile } from './download-file.js'
import { type Hub, type HubOptions, readHub } from './hub.js'
import type { HubError } from './hub-error.js'
import { type FileSum, type HubFile, type Repository, readRepository } from './repository.js'
import type { HubRetryOptions } from './retry-request.js'

export interface PullOptions extends HubOptions {
  /** Branch, tag or commit. @default the commit that the model at hand has, else `main` */
  readonly revision?: string
  /** Where the model goes. @default `OFFGRID_MODELS`, else the user's own models folder */
  readonly modelsFolder?: string
  /** Fetch it also where it is at hand and whole. @default false */
  readonly force?: boolean
  /** First wait before a failed request is tried again, doubled each time. @default 500 */
  readonly baseDelayMs?: number
  /** Heeded between two pieces; what has come in stays for the next pull. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: PullProgress) => void
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
        /** How this processor adds 8-bit products, where that decides about the model's vectors; else null. */
        readonly integerProducts: IntegerProducts | null
      } & Download)
    | null
}

const OPTION_NAMES = [
  ...['endpoint', 'tokenFile', 'caFile', 'revision', 'modelsFolder', 'force', 'baseDelayMs', 'signal'],
  ...['onProgress', 'onRetry'],
]
const DEFAULT_REVISION = 'main'
const BASE_DELAY_MS = 500

/**
 * Fetches a model of FastEmbed's list from where it is published: its repository at one commit, every file held against the size and
 * sum that the hub states. An interrupted pull goes on where it stopped. The model is then proved by encoding a text, and at last
 * written into the manifest with its source, commit and SHA-256 sums.
 * @throws InputError `UNKNOWN_MODEL`, `OFFLINE`, `INVALID_OPTION`, `UNKNOWN_OPTION`, `INSECURE_ADDRESS`
 * @throws ModelError `HUB_UNREACHABLE`, `HUB_BUSY`, `HUB_REFUSED`, `HUB_NOT_FOUND`, `HUB_FAILED`, `MODEL_FILE_CORRUPT`,
 * `MODEL_FILE_MISSING`, `NO_SPACE`; what a {@link ProofProcess} throws; the signal's reason when aborted
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<PulledModel> {
  rejectUnknownOptions(options, OPTION_NAMES, 'pullModel')
  const models = await openInstallFolder(options.modelsFolder)
  const present = (await listModels({ modelsFolder: models })).find(
    ({ entry }) => entry.name.toLowerCase() === name.toLowerCase(),
  )
  const isBundled = (await findBundledEntry(name)) !== undefined
  if (present !== undefined && (isBundled || (await isAsAsked(present, options)))) {
    if (isBundled) await verifyModel(name, { modelsFolder: models })
    return { entry: present.entry, modelsFolder: present.modelsFolder, pulled: null }
  }
  const known = findKnownModel(name)
  if (known?.sources.hf === undefined) {
    throw new InputError(
      'UNKNOWN_MODEL',
      `Unknown model "${name}": expected the name of one that is listed in docs/from-fastembed.md. With the files of another in a folder DIR: offgrid models import DIR --as NAME.`,
    )
  }
  const recorded = present?.entry.revision
  const revision = options.revision ?? (recorded && /^[0-9a-f]{40}$/.test(recorded) ? recorded : DEFAULT_REVISION)
  const hub = await readHub(options)
  const policy = {
    baseDelayMs: options.baseDelayMs ?? BASE_DELAY_MS,
    signal: options.signal,
    onRetry: options.onRetry,
  }
  const repository = await readRepository(hub, known.sources.hf, revision, policy)
  return fetchModel(hub, repository, known, models, options, policy)
}

/** Whether a model at hand needs no fetching: whole, and of the revision that was asked for. */
async function isAsAsked({ entry, modelsFolder }: FoundModel, { force, revision }: PullOptions): Promise<boolean> {
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
  known: KnownModel,
  models: string,
  options: PullOptions,
  policy: HubRetryOptions,
): Promise<PulledModel> {
  const source = { path: `${hub.address}/${repository.name}`, has: (path: string) => repository.paths.has(path) }
  const paths = await selectModelFiles(source, known.architecture, known.network, known)
  const files: HubFile[] = []
  for (const path of paths) files.push(await repository.describe(path))
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  await requireSpace(models, totalBytes)
  // the same folder for the same commit, so that another run finds what is there
  const staged = `.${known.name.replace(/[^\w.-]+/g, '--')}-${repository.commit.slice(0, 12)}.tmp`
  const done = { fetchedBytes: 0, resumedBytes: 0 }
  let before = 0
  for (const file of files) {
    const { fetchedBytes, resumedBytes } = await downloadFile(
      hub,
      repository.urlOf(file.path),
      file,
      join(models, staged, file.path),
      {
        ...policy,
        onProgress: (sizeBytes) => options.onProgress?.({ path: file.path, doneBytes: before + sizeBytes, totalBytes }),
      },
    )
    done.fetchedBytes += fetchedBytes
    done.resumedBytes += resumedBytes
    before += file.sizeBytes
  }
  const apart = new ProofProcess({ signal: options.signal })
  try {
    const entry = await apart.describe(join(models, staged), staged, {
      name: known.name,
      source: source.path,
      revision: repository.commit,
    })
    const proof = await apart.prove({ entry, modelsFolder: models })
    const integerProducts = await integerProductsOf(entry, join(models, staged))
    const from = { endpoint: hub.address, repository: repository.name, revision: repository.commit }
    const pulled = { ...from, proof, integerProducts, ...done }
    return { entry: await installModel(models, staged, entry), modelsFolder: models, pulled: { ...pulled, files } }
  } finally {
    await apart.close()
    // all came as stated: what is no model now will be none the next time
    await rm(join(models, staged), { recursive: true, force: true })
  }
}
