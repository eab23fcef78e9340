import type { Command } from 'commander'
import { given } from '../../options.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import { promptsOption } from '../shared/flags.js'

/** The models that somebody names to search with, see {@link addModelOptions}. */
export interface ModelFlags {
  readonly model?: string
  readonly lateModel?: string
  readonly sparseModel?: string
  readonly prompts?: 'model' | 'none'
}

/** The options of a command that takes its models from a collection; they are refused where it was filled by others. */
export function addModelOptions(command: Command): Command {
  return command
    .option('--model <name>', 'dense model (default: what the collection was filled by)')
    .option('--late-model <name>', 'late-interaction model (default: likewise)')
    .option('--sparse-model <name>', 'sparse model (default: likewise)')
    .addOption(promptsOption().default(undefined, 'as the collection was filled'))
}

/** The models of the flags by the method that they are for. */
export function namedModels({ model, lateModel, sparseModel }: ModelFlags): Partial<Readonly<Record<Method, string>>> {
  return given({ dense: model, bm25: sparseModel, late: lateModel })
}
