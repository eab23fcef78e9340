import { once } from 'node:events'
import type { Command } from 'commander'
import { EXIT_CODE } from '../shared/exit-code.js'
import { addStoreOptions, type StoreFlags, storeLocation } from '../shared/flags.js'
import { interruptible } from '../shared/interrupt.js'
import { type CommonFlags, Terminal } from '../shared/terminal.js'

interface McpFlags extends CommonFlags, StoreFlags {
  readonly collection?: string
  readonly writable?: boolean
}

export function addMcp(command: Command, setExitCode: (code: number) => void): void {
  addStoreOptions(command)
    .option('--collection <name>', 'the collection that is meant where the agent names none (default: the only one)')
    .option('--writable', 'let the agent store documents, too')
    .addHelpText(
      'after',
      '\nIt ends when stdin does. stdout holds the messages of the protocol alone, also with --json.',
    )
    .action(async (flags: McpFlags) => setExitCode(await runMcp(flags)))
}

async function runMcp(flags: McpFlags): Promise<number> {
  const terminal = new Terminal(flags)
  const signals: NodeJS.Signals[] = []
  using interrupt = interruptible((signal) => signals.push(signal))
  const location = storeLocation(flags, process.env)
  const { serveStdio } = await import('@modelcontextprotocol/server/stdio')
  const { createMcpServer } = await import('../../mcp/mcp-server.js')
  const { StoredPassages } = await import('../../mcp/stored-passages.js')
  await using passages = new StoredPassages({
    ...{ location, collection: flags.collection, isWritable: flags.writable === true },
  })
  const ended = once(process.stdin, 'close')
  const server = serveStdio(() => createMcpServer(passages), {
    onerror: (error) => terminal.warn(`offgrid: ${error.message}`),
  })
  try {
    terminal.note(
      `offgrid mcp: ${'path' in location ? location.path : location.url}, ${flags.writable === true ? 'writable' : 'read only'}`,
    )
    await Promise.race([ended, once(interrupt.signal, 'abort')])
    return signals[0] === 'SIGINT' ? EXIT_CODE.interrupted : EXIT_CODE.done
  } finally {
    await server.close()
  }
}
