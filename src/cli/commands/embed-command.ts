import { type Command, Option } from 'commander'
import type { EmbedFlags } from '../actions/embed-action.js'
import { addMappingOptions } from '../ingest/mapping-options.js'
import { addPoolOptions } from '../report/open-reported-pool.js'
import { addReportOptions } from '../report/run-report.js'
import { integerFrom, precisionOption, promptsOption } from '../shared/flags.js'

export function addEmbed(command: Command, setExitCode: (code: number) => void): void {
  command
    .requiredOption('--model <name>', 'dense, sparse or late-interaction model')
    .addOption(
      new Option('--as <side>', 'which side of a search the texts are on')
        .choices(['passage', 'query'])
        .default('passage'),
    )
    .option(
      '--out <file>',
      'a .jsonl, .npy (dense; ids in FILE.ids.jsonl) or .parquet file; how the vectors were made stands in it, or in FILE.recipe.json; without it JSON lines go to stdout, and --json needs it',
    )
  addMappingOptions(command).addOption(precisionOption()).addOption(promptsOption())
  addPoolOptions(command)
    .option('--max-tokens <n>', "cut texts after this many tokens (default: the model's own limit)", integerFrom(3))
    .option('--errors <file>', 'write rejected documents to this file as JSONL')
  addReportOptions(command)
  command.action(async (sources: string[], flags: EmbedFlags) => {
    const { embedAction } = await import('../actions/embed-action.js')
    setExitCode(await embedAction(sources, flags, command))
  })
}
