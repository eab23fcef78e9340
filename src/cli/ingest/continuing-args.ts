import type { Command } from 'commander'
import type { StoreLocation } from '../../stores/open-store.js'
import { typedOptions } from '../shared/idle-options.js'

/** Options that concern one call only: a run that is continued must not start over. */
const ONCE = new Set(['restart', 'recreate', 'yes', 'json', 'quiet'])

/** The arguments that continue a command: those that were given, without what starts over, and the server that the environment named. */
export function continuingArgs(command: Command, sources: readonly string[], location: StoreLocation): string[] {
  const args: string[] = [command.name(), ...sources]
  for (const option of typedOptions(command)) {
    const name = option.attributeName()
    if (ONCE.has(name) || option.long === undefined) continue
    const value: unknown = command.getOptionValue(name)
    args.push(option.long)
    if (typeof value !== 'boolean') args.push(Array.isArray(value) ? value.join(',') : String(value))
  }
  if (location.kind === 'qdrant' && !args.includes('--url')) args.push('--url', location.url)
  return args
}
