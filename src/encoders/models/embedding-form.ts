import { ModelError } from '../../errors.js'
import type { Architecture, ModelEntry, ModelKind, PromptSource } from '../../onnx/manifest.js'
import type { KnownModel } from '../../onnx/model-registry.js'
import type { ModelDescription } from './model-description.js'
import type { ModelFolder } from './model-folder.js'
import { poolingOf, readSentenceModules } from './sentence-modules.js'

/** What of an entry says how vectors are made of a network's output. */
type EmbeddingForm = Pick<
  ModelEntry,
  'pooling' | 'normalize' | 'steps' | 'queryPrefix' | 'passagePrefix' | 'promptSource'
>

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
  // an ONNX file that pools by itself says nothing of the checkpoint
  const alike = known?.pooling === 'none' && !isGraph ? undefined : known
  const pooling = description.pooling ?? alike?.pooling ?? modules?.pooling ?? filePooling(files) ?? 'mean'
  const normalize = hasLayers ? modules!.steps.at(-1) === 'normalize' : normalizeOf(files, alike, description)
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

/**
 * What a model was trained to see before a text, and who says so: whoever imports it, else its own files, else what is known of it. A prompt
 * by the name `default_prompt_name` stands before the texts of a side that has none of its own, as sentence-transformers puts it.
 */
function prefixesOf(
  { prompts, sentenceConfig }: ModelFolder,
  known: KnownModel | undefined,
  description: ModelDescription,
): Pick<ModelEntry, 'queryPrefix' | 'passagePrefix' | 'promptSource'> {
  const standard = sentenceConfig?.default_prompt_name
  const published = (...names: readonly unknown[]) =>
    [...names, standard]
      .map((name) => prompts?.[String(name)])
      .find((prompt) => typeof prompt === 'string' && prompt !== '')
  const sides = [
    [description.queryPrefix, published('query', 'search_query'), known?.queryPrefix],
    [description.passagePrefix, published('document', 'passage', 'corpus', 'search_document'), known?.passagePrefix],
  ]
  const from: (PromptSource | undefined)[] = ['stated', 'published', known?.promptSource]
  const places = sides.map((texts) => texts.findIndex((text) => text !== undefined))
  const [queryPrefix = '', passagePrefix = ''] = sides.map((texts, i) => texts[places[i]!] as string | undefined)
  const promptSource = from[Math.min(...places.filter((place, i) => place >= 0 && sides[i]![place] !== ''))]
  return {
    ...(queryPrefix !== '' && { queryPrefix }),
    ...(passagePrefix !== '' && { passagePrefix }),
    ...(promptSource !== undefined && { promptSource }),
  }
}
