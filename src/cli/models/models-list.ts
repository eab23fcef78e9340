import type { Command } from 'commander'
import { sizeOfFiles } from '../../files/size-of-files.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { listModels } from '../../onnx/model-files.js'
import { type KnownModel, knownModels } from '../../onnx/model-registry.js'
import { BUNDLED_MODELS_FOLDER } from '../../onnx/models-folders.js'
import { type CommonFlags, formatFileSize, formatTable, Terminal } from '../shared/terminal.js'

interface ListFlags extends CommonFlags {
  readonly all?: boolean
}

/** The command that lists the models at hand, or all that are known. */
export function addModelsList(models: Command): void {
  models
    .command('list')
    .description('List the installed models.')
    .option('--all', 'also those that are known and can be pulled')
    .action(listCommand)
}

async function listCommand(flags: ListFlags): Promise<void> {
  const found = await listModels()
  const terminal = new Terminal(flags)
  if (flags.all === true) return listAll(found, terminal)
  const models = found.map(({ entry }) => entry)
  const rows = models.map((model) => [
    model.name,
    model.kind,
    model.dimension ?? '',
    model.maxTokens ?? '',
    formatFileSize(sizeOfFiles(model.files)),
    model.licence,
  ])
  terminal.result({ models }, formatTable(['model', 'kind', 'dimension', 'max tokens', 'size', 'licence'], rows))
}

function listAll(found: Awaited<ReturnType<typeof listModels>>, terminal: Terminal): void {
  const present = new Map(found.map((model) => [model.entry.name.toLowerCase(), model]))
  const absent = knownModels().filter(({ name }) => !present.has(name.toLowerCase()))
  const models = [
    ...found.map(({ entry, modelsFolder }) => ({
      ...described(entry),
      state: modelsFolder === BUNDLED_MODELS_FOLDER ? 'bundled' : 'installed',
    })),
    ...absent.map((known) => ({ ...described(known), state: 'to pull' })),
  ]
  const rows = models.map(({ name, kind, dimension, maxTokens, queryPrefix, passagePrefix, licence, state }) => [
    name,
    kind,
    dimension ?? '',
    maxTokens ?? '',
    [...(queryPrefix === null ? [] : ['query']), ...(passagePrefix === null ? [] : ['document'])].join(', '),
    licence,
    state,
  ])
  const head = ['model', 'kind', 'dimension', 'max tokens', 'prompts', 'licence', 'state']
  terminal.result({ models }, formatTable(head, rows))
}

function described(model: ModelEntry | KnownModel) {
  const { name, kind, architecture, dimension, maxTokens, licence } = model
  const { queryPrefix = null, passagePrefix = null, promptSource = null } = model
  return { name, kind, architecture, dimension, maxTokens, queryPrefix, passagePrefix, promptSource, licence }
}
