import type { Command } from 'commander'
import { InputError } from '../../errors.js'
import { findModel } from '../../onnx/model-files.js'
import { type CommonFlags, formatFileSize, Terminal } from '../shared/terminal.js'

interface RemoveFlags extends CommonFlags {
  readonly modelsFolder?: string
}

/** The command that deletes an installed model. */
export function addModelsRemove(models: Command): void {
  models
    .command('remove')
    .description('Delete an installed model: its entry in the manifest, then its files.')
    .argument('<name>', 'name of the model, or its last part alone')
    .option('--models-folder <folder>', "where it is (default: OFFGRID_MODELS, the user's own models folder)")
    .action(removeCommand)
}

async function removeCommand(name: string, flags: RemoveFlags): Promise<void> {
  const { findBundledEntry, removeModel } = await import('../../encoders/models/install-model.js')
  const { entry, modelsFolder } = await findModel(name, { modelsFolder: flags.modelsFolder })
  if ((await findBundledEntry(entry.name)) !== undefined) {
    throw new InputError(
      'MODEL_BUNDLED',
      `${entry.name} comes with the program, and other models stand on it: it stays.`,
    )
  }
  const removed = await removeModel(modelsFolder, entry.name)
  if (removed === null) throw new InputError('UNKNOWN_MODEL', `${entry.name} is gone already.`)
  const kept = removed.freedBytes === 0 ? '; its folder was made by hand and stays' : ''
  new Terminal(flags).result(
    { name: entry.name, modelsFolder, freedBytes: removed.freedBytes },
    `${entry.name}: removed from ${modelsFolder}, ${formatFileSize(removed.freedBytes)} freed${kept}`,
  )
}
