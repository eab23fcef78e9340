import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/command-list.js'
import { addOutputOptions } from '../../src/cli/shared/output-options.js'
import { loadedModules } from '../loaded-modules.js'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
/** The parser of the command line is 8 of them. */
const MOST_MODULES_OF_HELP = 60
const MOST_MODULES_OF_COMMAND_HELP = 100

/** The commands that can be typed: a group's own ones in its place. */
function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}

describe('the commands', () => {
  test.each([[['--help']], [['--version']], [['help']]])(
    `%s loads no command and under ${MOST_MODULES_OF_HELP} modules`,
    (args) => {
      const modules = loadedModules([MAIN, ...args])
      expect(modules.filter((url) => url.includes('/cli/commands/'))).toEqual([])
      expect(modules.length).toBeLessThan(MOST_MODULES_OF_HELP)
    },
  )

  test.each([['search'], ['runs'], ['models'], ['store']])(
    `%s --help loads its options and not what the command does: under ${MOST_MODULES_OF_COMMAND_HELP} modules`,
    (name) => {
      expect(loadedModules([MAIN, name, '--help']).length).toBeLessThan(MOST_MODULES_OF_COMMAND_HELP)
    },
  )

  test.each([[['help', 'doctor']], [['doctor', '--help']]])('%s loads that command alone', (args) => {
    const modules = loadedModules([MAIN, ...args])
    expect(modules.filter((url) => url.includes('/cli/commands/')).map((url) => url.split('/').at(-1))).toEqual([
      'doctor-command.js',
    ])
  })

  test.each(COMMANDS.map((entry) => [entry.name, entry] as const))(
    'each command of %s takes --json and --quiet once, and a group is one',
    async (name, { isGroup = false, load }) => {
      const command = new Command(name)
      const add = await load()
      add(command, () => {})
      addOutputOptions(command)
      expect(command.commands.length > 0).toBe(isGroup)
      for (const leaf of leavesOf(command)) {
        const options = leaf.options.map(({ long }) => long)
        expect(options.filter((long) => long === '--json' || long === '--quiet')).toEqual(['--json', '--quiet'])
      }
    },
  )
})
