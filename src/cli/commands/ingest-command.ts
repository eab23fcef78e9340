import type { Command } from 'commander'
import { addIngestOptions, type IngestFlags } from '../ingest/ingest-options.js'

export function addIngest(command: Command, setExitCode: (code: number) => void): void {
  addIngestOptions(command)
  command.action(async (sources: string[], flags: IngestFlags) => {
    const { ingestAction } = await import('../actions/ingest-action.js')
    setExitCode(await ingestAction(sources, flags, command))
  })
}
