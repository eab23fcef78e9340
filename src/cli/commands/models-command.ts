import type { Command } from 'commander'
import { missingPromptNotes } from '../../encoders/models/import-notes.js'
import { OffgridError } from '../../errors.js'
import { describeDamage, findDamagedCopies } from '../../onnx/damaged-copies.js'
import { findModel, listModels, verifyModel } from '../../onnx/model-files.js'
import { describePrompts } from '../models/describe-proof.js'
import { addModelsBundle } from '../models/models-bundle.js'
import { addModelsImport } from '../models/models-import.js'
import { addModelsList } from '../models/models-list.js'
import { addModelsPull } from '../models/models-pull.js'
import { addModelsRemove } from '../models/models-remove.js'
import { addModelsUnbundle } from '../models/models-unbundle.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { type CommonFlags, Terminal } from '../shared/terminal.js'

export function addModels(models: Command, setExitCode: (code: number) => void): void {
  addModelsList(models)
  models
    .command('show')
    .description('Show what the manifest says of a model.')
    .argument('<name>', 'name of the model, in any letter case, or its last part alone')
    .action(showCommand)
  models
    .command('verify')
    .description('Check the files of one model, or of all models, against the checksums in the manifest.')
    .argument('[name]', 'name of the model, in any letter case, or its last part alone')
    .action(async (name: string | undefined, flags: CommonFlags) => setExitCode(await verifyCommand(name, flags)))
  addModelsImport(models)
  addModelsPull(models, setExitCode)
  addModelsRemove(models)
  addModelsBundle(models, setExitCode)
  addModelsUnbundle(models, setExitCode)
}

async function showCommand(name: string, flags: CommonFlags): Promise<void> {
  const { entry, modelsFolder } = await findModel(name)
  const { files, queryPrefix: _, passagePrefix: __, promptSource: ___, ...rest } = entry
  const prompts = describePrompts(entry)
  const lines = [
    ...Object.entries(rest).map(
      ([key, value]) => `${key.padEnd(10)} ${typeof value === 'object' ? (JSON.stringify(value) ?? '-') : value}`,
    ),
    ...(prompts.length === 0 ? ['no prompts'] : prompts),
    ...missingPromptNotes(entry).map((note) => `note: ${note}`),
    ...files.map((file) => `${file.sha256}  ${file.sizeBytes}  ${file.path}`),
  ]
  new Terminal(flags).result({ ...entry, modelsFolder }, lines.join('\n'))
}

async function verifyCommand(name: string | undefined, flags: CommonFlags): Promise<number> {
  const names = name === undefined ? (await listModels()).map(({ entry }) => entry.name) : [name]
  const results: { name: string; ok: boolean; error: string | null }[] = []
  for (const model of names) {
    try {
      const { entry } = await verifyModel(model)
      const damaged = await findDamagedCopies(entry.files.map(({ sha256 }) => sha256))
      const error = damaged.length === 0 ? null : describeDamage(damaged)
      results.push({ name: entry.name, ok: error === null, error })
    } catch (error) {
      // a name that is not known is the caller's mistake, a wrong file is the finding
      if (!(error instanceof OffgridError) || error.kind !== 'model') throw error
      results.push({ name: model, ok: false, error: error.message })
    }
  }
  const text = results.map(({ name: model, ok, error }) =>
    ok ? `ok      ${model}` : `FAILED  ${model}\n        ${error}`,
  )
  new Terminal(flags).result({ models: results }, text.join('\n'))
  return results.every(({ ok }) => ok) ? EXIT_CODE.done : EXIT_CODE.failed
}
