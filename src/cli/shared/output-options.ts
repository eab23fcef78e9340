import type { Command } from 'commander'

/** Adds what every command takes to a command, or to all commands of a group. */
export function addOutputOptions(command: Command): Command {
  if (command.commands.length > 0) for (const inner of command.commands) addOutputOptions(inner)
  else command.option('--json', 'print a JSON object').option('--quiet', 'no progress and no notes')
  return command
}
