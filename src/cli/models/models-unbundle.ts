import type { Command } from 'commander'
import type { Unbundled, UnbundledModel, UnbundleOptions } from '../../bundles/unbundle.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { runInterruptibly } from '../shared/run-interruptibly.js'
import { type CommonFlags, formatFileSize, formatTable, Terminal } from '../shared/terminal.js'

interface UnbundleFlags
  extends CommonFlags,
    Pick<UnbundleOptions, 'sha256' | 'verifyKey' | 'replace' | 'modelsFolder'> {
  readonly check?: boolean
}

/** The command that brings in what `models bundle` packed. */
export function addModelsUnbundle(models: Command, setExitCode: (code: number) => void): void {
  models
    .command('unbundle')
    .description(
      'Install the models of a bundle. The whole bundle is read and checked before anything is installed; then each model encodes a text as a test. Models that are installed with the same checksums are left alone; damaged ones are repaired.',
    )
    .argument('<file>', 'what "models bundle" wrote')
    .option('--sha256 <sum>', 'refuse the file unless it has this SHA-256')
    .option('--verify-key <file>', 'refuse the file unless this Ed25519 public key (PEM) fits its signature')
    .option('--check', 'read and check everything, install nothing')
    .option('--replace', 'replace an installed model that has other files')
    .option(
      '--models-folder <folder>',
      "where they go, all of them (default: OFFGRID_MODELS, else the user's own models folder, and what comes with the program stays there)",
    )
    .action(async (file: string, flags: UnbundleFlags) => setExitCode(await unbundleCommand(file, flags)))
}

async function unbundleCommand(file: string, flags: UnbundleFlags): Promise<number> {
  const { json: _, quiet: __, check: checkOnly = false, ...options } = flags
  const terminal = new Terminal(flags)
  const unbundled = await runInterruptibly(terminal, 'unbundle', async (signal, bar) => {
    const { unbundle } = await import('../../bundles/unbundle.js')
    return await unbundle(file, {
      ...options,
      checkOnly,
      signal,
      onProgress: (doneBytes, totalBytes) => bar.update(doneBytes / totalBytes, `${formatFileSize(doneBytes)} checked`),
    })
  })
  if (unbundled === null) {
    terminal.warn('interrupted: no model was left half installed')
    return EXIT_CODE.interrupted
  }
  const { sha256, sizeBytes, modelsFolder, models, program, signature } = unbundled
  const rows = models.map((model) => [outcomeOf(model, checkOnly), model.entry.name, model.entry.licence])
  const places = [...new Set(models.map((model) => model.modelsFolder))]
  const text = [
    formatTable(['', 'model', 'licence'], rows),
    `the bundle is whole, sha256 ${sha256}; ${checkOnly ? 'nothing was installed' : `models are in ${places.join(', ')}`}`,
    ...(signature === null ? [] : [describeSigner(signature)]),
    ...(program === null
      ? []
      : [`it also carries offgrid ${program.version} for ${program.platform}: tar -xzf FILE, then ./offgrid`]),
  ]
  terminal.result(
    {
      ...{ file, sha256, sizeBytes, modelsFolder, program, signature },
      models: models.map(({ entry, ...rest }) => ({ ...entry, ...rest })),
    },
    text.join('\n'),
  )
  return EXIT_CODE.done
}

function describeSigner({ keyId, isChecked }: NonNullable<Unbundled['signature']>): string {
  return isChecked
    ? `signed by the key ${keyId}, as was asked for`
    : `it says that the key ${keyId} signed it, which was not checked: --verify-key FILE`
}

function outcomeOf({ was, isInstalled }: UnbundledModel, checkOnly: boolean): string {
  if (checkOnly) return { absent: 'not here', equal: 'here', damaged: 'here, damaged', different: 'here, other' }[was]
  if (!isInstalled) return 'left, the same'
  return { absent: 'installed', equal: 'installed', damaged: 'repaired', different: 'replaced' }[was]
}
