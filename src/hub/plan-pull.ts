import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { recognize } from '../encoders/models/describe-model.js'
import {
  findNetwork,
  OPTIONAL_FILES,
  selectModelFiles,
  TOKENIZER_CONFIG_FILE,
} from '../encoders/models/find-model-files.js'
import { readModelFolder } from '../encoders/models/model-folder.js'
import { sizeOfFiles } from '../files/size-of-files.js'
import { type Architecture, CHECKPOINT_FILE, type ModelKind } from '../onnx/manifest.js'
import type { KnownModel } from '../onnx/model-registry.js'
import { type Download, downloadFile } from './download-file.js'
import type { Hub } from './hub.js'
import type { HubFile, Repository } from './repository.js'
import type { HubRetryOptions } from './retry-request.js'

export interface PullPlan {
  /** By which the model will be asked for. */
  readonly name: string
  readonly repository: string
  /** Commit, 40 hexadecimal digits. */
  readonly revision: string
  /** As the repository or what is known of the model states it. */
  readonly licence: string | undefined
  readonly kind: ModelKind
  readonly architecture: Architecture
  /** `model_type` of config.json, where there is one: the family of the network. */
  readonly family: string | undefined
  /** The file that is run; null for a model without one. */
  readonly network: string | null
  readonly files: readonly HubFile[]
  readonly totalBytes: number
}

/** A plan, and what came in for it: it is part of what the pull fetches. */
export interface PlannedPull {
  readonly plan: PullPlan
  readonly fetched: ReadonlyMap<string, Download>
}

/** Files that say what a model is; larger ones are weights. */
const DESCRIPTIONS = [...OPTIONAL_FILES, TOKENIZER_CONFIG_FILE].filter((path) => /\.(json|metadata)$/.test(path))
const MAX_DESCRIPTION_BYTES = 1_000_000

/**
 * Finds out what of a repository is needed, by its listing and its small description files, which are fetched and checked for it.
 * @param target folder in which they stay for the pull; where nothing comes of it they go again
 * @throws HubError; ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `CHECKPOINT_UNSUPPORTED`, `CONFIG_INVALID` where the architecture cannot be run
 */
export async function planPull(
  hub: Hub,
  repository: Repository,
  name: string,
  known: KnownModel | undefined,
  target: string,
  { checkpoint, ...policy }: HubRetryOptions & { readonly checkpoint: boolean },
): Promise<PlannedPull> {
  const source = { path: `${hub.address}/${repository.name}`, has: (path: string) => repository.paths.has(path) }
  const fetched = new Map<string, Download>()
  try {
    for (const path of DESCRIPTIONS) {
      if (!source.has(path)) continue
      const file = await repository.describe(path)
      if (file.sizeBytes > MAX_DESCRIPTION_BYTES) continue
      fetched.set(path, await downloadFile(hub, repository.urlOf(path), file, join(target, path), policy))
    }
    const folder = await readModelFolder(target)
    const { kind, architecture } = recognize(folder, known, {})
    const named = checkpoint ? { network: CHECKPOINT_FILE } : {}
    const network = await findNetwork(folder, source, architecture, known, named)
    const files: HubFile[] = []
    for (const path of await selectModelFiles(source, architecture, network, known)) {
      files.push(await repository.describe(path))
    }
    const family = folder.config?.model_type
    const plan = {
      name,
      repository: repository.name,
      revision: repository.commit,
      licence: known?.licence ?? repository.licence,
      kind,
      architecture,
      family: typeof family === 'string' ? family : undefined,
      network,
      files,
      totalBytes: sizeOfFiles(files),
    }
    return { plan, fetched }
  } catch (error) {
    // what has come in of a pull that was broken off stays: it goes on from there
    if ((error as { isTransient?: boolean }).isTransient !== true && policy.signal?.aborted !== true) {
      await rm(target, { recursive: true, force: true })
    }
    throw error
  }
}
