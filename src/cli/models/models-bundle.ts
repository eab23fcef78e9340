import type { Command } from 'commander'
import { sizeOfFiles } from '../../files/size-of-files.js'
import { given } from '../../options.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { outputFailure } from '../shared/output-file.js'
import { runInterruptibly } from '../shared/run-interruptibly.js'
import { type CommonFlags, formatFileSize, formatTable, Terminal } from '../shared/terminal.js'

interface BundleFlags extends CommonFlags {
  readonly withProgram?: boolean
  readonly sign?: string
}

/** The command that packs models, and the program, into one file. */
export function addModelsBundle(models: Command, setExitCode: (code: number) => void): void {
  models
    .command('bundle')
    .description(
      'Pack models into one file that carries them to a machine without a connection: files, sizes, SHA-256, licences, sources and a list of components (sbom.cdx.json, CycloneDX). Prints the SHA-256 of the file, for "models unbundle --sha256" over there.',
    )
    .argument('<out>', 'the .tgz file to write')
    .argument(
      '[names...]',
      'names of models, upper or lower case; models that they depend on are included (default: all installed models)',
    )
    .option(
      '--with-program',
      'include offgrid and all that it needs on this platform except Node, so that the unpacked file runs',
    )
    .option('--sign <file>', 'sign it by an Ed25519 private key, a PEM file without a passphrase')
    .action(async (out: string, names: string[], flags: BundleFlags) =>
      setExitCode(await bundleCommand(out, names, flags)),
    )
}

async function bundleCommand(out: string, names: readonly string[], flags: BundleFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const written = await runInterruptibly(terminal, 'bundle', async (signal, bar) => {
    const { writeBundle } = await import('../../bundles/write-bundle.js')
    return await writeBundle(out, {
      names,
      ...given({ signKey: flags.sign }),
      withProgram: flags.withProgram === true,
      signal,
      onProgress: (doneBytes, totalBytes) => bar.update(doneBytes / totalBytes, `${formatFileSize(doneBytes)} packed`),
    }).catch(outputFailure('bundle', out))
  })
  if (written === null) {
    terminal.warn('interrupted: nothing was written')
    return EXIT_CODE.interrupted
  }
  const { file, sizeBytes, sha256, models, program, signature } = written
  const entries = models.map(({ entry }) => entry)
  const rows = entries.map(({ name, licence, revision, files }) => [
    name,
    formatFileSize(sizeOfFiles(files)),
    licence,
    revision,
  ])
  const text = [
    formatTable(['model', 'size', 'licence', 'revision'], rows),
    ...(program === null ? [] : [`with offgrid ${program.version} for ${program.platform}, Node ${program.node}`]),
    ...(signature === null ? [] : [`signed by the key ${signature.keyId}`]),
    `${formatFileSize(sizeBytes)} written, every file checked; the SHA-256 of the bundle is`,
    `${sha256}  ${out}`,
  ]
  terminal.result({ file, sizeBytes, sha256, models: entries, program, signature }, text.join('\n'))
  return EXIT_CODE.done
}
