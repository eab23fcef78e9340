import type { Command } from 'commander'
import type { PullPlan } from '../../hub/plan-pull.js'
import type { PulledModel, PullOptions } from '../../hub/pull-model.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { runInterruptibly } from '../shared/run-interruptibly.js'
import { type CommonFlags, formatFileSize, Terminal } from '../shared/terminal.js'
import { describeProof } from './describe-proof.js'

type PulledBy = 'revision' | 'endpoint' | 'tokenFile' | 'caFile' | 'modelsFolder' | 'force' | 'checkpoint'
interface PullFlags extends CommonFlags, Pick<PullOptions, PulledBy> {
  readonly dryRun?: boolean
}

/** The one command that fetches a model; nothing else asks the hub for anything. */
export function addModelsPull(models: Command, setExitCode: (code: number) => void): void {
  models
    .command('pull')
    .description(
      'Fetch a model from Hugging Face or a mirror (HF_ENDPOINT): one of "models list --all", or any repository whose architecture is known. What will be fetched is said first; every file is checked against the hub\'s own sums, and the model is proved and written into the manifest. An interrupted pull goes on where it stopped.',
    )
    .argument('<name>', 'such as MongoDB/mdbr-leaf-ir, its last part alone, or OWNER/NAME of a repository')
    .option('--revision <commit>', 'commit, tag or branch (default: that of the model at hand, else main)')
    .option('--endpoint <url>', 'the hub or a mirror of it (default HF_ENDPOINT, else https://huggingface.co)')
    .option('--token-file <file>', 'file that holds an access token alone (default HF_TOKEN, else HF_TOKEN_PATH)')
    .option('--ca-file <file>', "PEM file of a private authority, trusted beside Node's own")
    .option('--models-folder <folder>', "where it goes (default: OFFGRID_MODELS, else the user's own models folder)")
    .option(
      '--checkpoint',
      'the published model.safetensors, also where FastEmbed runs an ONNX file: int8 is made of it',
    )
    .option('--dry-run', 'say what would be fetched, and fetch only the small files that say what the model is')
    .option('--force', 'fetch the model even if it is installed and undamaged')
    .action(async (name: string, flags: PullFlags) => setExitCode(await pullCommand(name, flags)))
}

async function pullCommand(name: string, flags: PullFlags): Promise<number> {
  const { json: _, quiet: __, dryRun = false, ...options } = flags
  const terminal = new Terminal(flags)
  const code = await runInterruptibly(terminal, 'pull', async (signal, bar) => {
    const { pullModel } = await import('../../hub/pull-model.js')
    const onRetry = (error: Error) => terminal.note(`trying again: ${error.message}`)
    if (dryRun) {
      const plan = await pullModel(name, { ...options, planOnly: true, signal, onRetry })
      terminal.result(plan, describePlan(plan).join('\n'))
      return EXIT_CODE.done
    }
    const model = await pullModel(name, {
      ...options,
      signal,
      onRetry,
      onPlan: (plan) => terminal.note(describePlan(plan).join('\n')),
      onProgress: ({ path, doneBytes, totalBytes }) =>
        bar.update(totalBytes === 0 ? null : doneBytes / totalBytes, `${formatFileSize(doneBytes)} ${path}`),
    })
    const { entry, modelsFolder, pulled } = model
    terminal.result({ ...entry, modelsFolder, pulled }, await describe(model))
    return EXIT_CODE.done
  })
  if (code !== null) return code
  terminal.warn('interrupted: what came in stays, the same command goes on from there')
  return EXIT_CODE.interrupted
}

function describePlan({
  name,
  repository,
  revision,
  licence,
  kind,
  architecture,
  family,
  files,
  totalBytes,
}: PullPlan) {
  const built = family === undefined ? architecture : `${architecture} (${family})`
  return [
    `${name}: ${kind}, ${built}; licence ${licence ?? 'not stated'}`,
    `to fetch: ${files.length} files, ${formatFileSize(totalBytes)}, of ${repository} at ${revision}`,
    ...files.map(({ path, sizeBytes }) => `  ${formatFileSize(sizeBytes).padStart(10)}  ${path}`),
  ]
}

async function describe({ entry, modelsFolder, pulled }: PulledModel): Promise<string> {
  if (pulled === null) return `${entry.name}: here and whole in ${modelsFolder}; nothing was fetched`
  const { describeIntegerProducts } = await import('../../encoders/network/integer-products.js')
  const resumed = pulled.resumedBytes === 0 ? '' : `, ${formatFileSize(pulled.resumedBytes)} were here already`
  return [
    `${entry.name}: ${formatFileSize(pulled.fetchedBytes)} fetched${resumed}, in ${modelsFolder}`,
    `from ${pulled.endpoint}/${pulled.repository} at ${pulled.revision}; licence ${entry.licence}`,
    ...pulled.files.map(({ path, sum }) => `checked ${path} by ${sum.algorithm} ${sum.digest}`),
    ...describeProof(entry, pulled.proof),
    ...pulled.notes.map((note) => `note: ${note}`),
    ...(pulled.integerProducts === null ? [] : [`note: ${describeIntegerProducts(pulled.integerProducts)}`]),
  ].join('\n')
}
