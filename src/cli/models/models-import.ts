import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import type { ImportOptions } from '../../encoders/models/import-model.js'
import { sizeOfFiles } from '../../files/size-of-files.js'
import { ARCHITECTURES, MODEL_KINDS, POOLINGS } from '../../onnx/manifest.js'
import { given, jsonObject } from '../../options.js'
import { integerFrom } from '../shared/flags.js'
import { type CommonFlags, formatFileSize, Terminal } from '../shared/terminal.js'
import { describeProof } from './describe-proof.js'

type ImportFlags = CommonFlags &
  Omit<ImportOptions, 'name' | 'calibrationTexts'> & { readonly as?: string; readonly calibrate?: string }

/** The command that brings a model in from a folder. */
export function addModelsImport(models: Command): void {
  models
    .command('import')
    .description(
      "Bring a model in from a folder: FastEmbed's files (model.onnx, tokenizer.json, …) or a published checkpoint whose architecture is known. What is not stated is taken from what is known by its name and from its files.",
    )
    .argument('<folder>', "the folder with the model's files; they are copied")
    .option('--as <name>', 'name by which to ask for it, such as BAAI/bge-small-en-v1.5 (default: by the folder)')
    .option('--models-folder <folder>', "where it goes (default: OFFGRID_MODELS, else the user's own models folder)")
    .addOption(new Option('--kind <kind>', 'what it gives').choices([...MODEL_KINDS]))
    .addOption(new Option('--architecture <name>', 'how it computes').choices([...ARCHITECTURES]))
    .option('--network <file>', 'the file that is run, relative to the folder')
    .option('--output <output>', "name or position of an ONNX file's output (default 0)", parseOutput)
    .addOption(new Option('--pooling <pooling>', 'how token embeddings become one vector').choices([...POOLINGS]))
    .option('--no-normalize', 'do not normalize vectors')
    .option('--dimension <n>', 'floats per vector', integerFrom(1))
    .option('--max-tokens <n>', 'cut texts after this many tokens, special tokens included', integerFrom(1))
    .option('--query-model <name>', 'the model that encodes queries, in the same space (default: this one)')
    .option('--query-prefix <text>', 'text that the model expects before each query')
    .option('--passage-prefix <text>', 'text that the model expects before each document')
    .option('--settings <json>', 'what only its architecture has', parseSettings)
    .option(
      '--calibrate <file>',
      'documents such as will be embedded, by which int8 becomes more exact: some hundred, of any input format (default: what lies in the folder as calibration.safetensors)',
    )
    .action(importCommand)
}

async function importCommand(folder: string, flags: ImportFlags): Promise<void> {
  const { as: name, json, quiet, normalize, calibrate, ...description } = flags
  const { importModel } = await import('../../encoders/models/import-model.js')
  const { describeIntegerProducts } = await import('../../encoders/network/integer-products.js')
  const { readCalibrationTexts } = await import('./calibration-texts.js')
  const calibrationTexts = calibrate === undefined ? undefined : await readCalibrationTexts(calibrate)
  const { entry, modelsFolder, proof, differences, notes, integerProducts } = await importModel(folder, {
    ...description,
    ...given({ name, calibrationTexts }),
    // commander sets it to true where the flag was not given
    ...(normalize === false && { normalize }),
  })
  const text = [
    `${entry.name}: ${entry.kind}, ${entry.architecture}, ${formatFileSize(sizeOfFiles(entry.files))} in ${modelsFolder}`,
    ...(entry.dimension === null ? [] : [`dimension ${entry.dimension}, pooling ${entry.pooling ?? '-'}`]),
    ...(entry.queryModel === undefined ? [] : [`queries are encoded by ${entry.queryModel}`]),
    `texts are cut at ${entry.maxTokens ?? 'no'} tokens; ${entry.runsAlone ? 'run one by one, because it quantizes over a whole batch' : 'run together with texts of equal length'}`,
    ...(calibrationTexts === undefined ? [] : [`calibrated with ${calibrationTexts.length} texts of ${calibrate}`]),
    ...describeProof(entry, proof),
    ...[...differences, ...notes].map((note) => `note: ${note}`),
    ...(integerProducts === null ? [] : [`note: ${describeIntegerProducts(integerProducts)}`]),
  ]
  const result = { ...entry, modelsFolder, proof, differences, notes, integerProducts }
  new Terminal({ json, quiet } as CommonFlags).result(result, text.join('\n'))
}

function parseOutput(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text
}

function parseSettings(text: string): Record<string, unknown> {
  const settings = jsonObject(text)
  if (settings !== null) return settings
  throw new InvalidArgumentError('Expected a JSON object.')
}
