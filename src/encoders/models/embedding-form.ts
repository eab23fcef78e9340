import { ModelError } from '../../errors.js'
import type { Architecture, ModelEntry, ModelKind } from '../../onnx/manifest.js'
import type { KnownModel } from '../../onnx/model-registry.js'
import type { ModelDescription } from './model-description.js'
import type { ModelFolder } from './model-folder.js'
import { poolingOf, readSentenceModules } from './sentence-modules.js'

/** What of an entry says how vectors are made of a network's output. */
type EmbeddingForm = Pick<ModelEntry, 'pooling' | 'normalize' | 'steps' | 'queryPrefix' | 'passagePrefix'>

interface Computed {
  readonly kind: ModelKind
  readonly architecture: Architecture
  /** Whether the network is an ONNX file, which holds its own layers. */
  readonly isGraph: boolean
}

/**
 * How a model's vectors are made of what its network gives, by what somebody states of it, what is known of it, and its files.
 * @throws ModelError `MODEL_UNRECOGNISED` if a text goes through something that cannot be built
 */
export async function formOf(
  files: ModelFolder,
  known: KnownModel | undefined,
  description: ModelDescription,
  { kind, architecture, isGraph }: Computed,
): Promise<EmbeddingForm> {
  const isCheckpoint = !isGraph && (architecture === 'transformer' || architecture === 'colbert')
  const modules =
    isCheckpoint && files.modules !== null ? await readSentenceModules(files.path, files.modules) : undefined
  const hasLayers = modules?.steps.some((step) => step !== 'normalize') === true
  if (kind === 'late') return { pooling: null, ...(hasLayers && { steps: modules!.steps }) }
  if (kind !== 'dense') return { pooling: null }
  if (modules !== undefined && modules.pooling === null) {
    throw new ModelError(
      'MODEL_UNRECOGNISED',
      `${files.path}: modules.json has no pooling, as a late-interaction model has none: state its kind.`,
    )
  }
  const pooling = description.pooling ?? known?.pooling ?? modules?.pooling ?? filePooling(files) ?? 'mean'
  const normalize = hasLayers ? modules!.steps.at(-1) === 'normalize' : normalizeOf(files, known, description)
  return {
    pooling,
    ...(!normalize && { normalize }),
    ...(hasLayers && { steps: modules!.steps }),
    ...prefixesOf(files, known, description),
  }
}

function filePooling({ path, pooling }: ModelFolder) {
  return pooling === null ? null : poolingOf(path, pooling)
}

function normalizeOf(
  { modules }: ModelFolder,
  known: KnownModel | undefined,
  { normalize }: ModelDescription,
): boolean {
  const stated = normalize ?? known?.normalize
  if (stated !== undefined) return stated
  return known !== undefined || modules === null || modules.some(({ type }) => String(type).endsWith('.Normalize'))
}

/** What a model was trained to see before a text. */
function prefixesOf(
  { prompts }: ModelFolder,
  known: KnownModel | undefined,
  description: ModelDescription,
): Pick<ModelEntry, 'queryPrefix' | 'passagePrefix'> {
  const published = (...names: readonly string[]) =>
    names.map((name) => prompts?.[name]).find((prompt): prompt is string => typeof prompt === 'string')
  const queryPrefix = description.queryPrefix ?? known?.queryPrefix ?? published('query', 'search_query')
  const passagePrefix =
    description.passagePrefix ?? known?.passagePrefix ?? published('document', 'passage', 'search_document')
  return { ...(queryPrefix && { queryPrefix }), ...(passagePrefix && { passagePrefix }) }
}
