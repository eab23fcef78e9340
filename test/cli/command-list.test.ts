import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/command-list.js'
import { COMMAND_EXAMPLES } from '../../src/cli/shared/command-examples.js'
import { HELP_FORMAT } from '../../src/cli/shared/help-format.js'
import { groupOptions } from '../../src/cli/shared/option-groups.js'
import { addOutputOptions } from '../../src/cli/shared/output-options.js'
import { loadedModules } from '../loaded-modules.js'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
/** The parser of the command line is 8 of them. */
const MOST_MODULES_OF_HELP = 60
const MOST_MODULES_OF_COMMAND_HELP = 120

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

  test.each(['ingest', 'embed', 'eval', 'serve', 'bench', 'search', 'runs', 'models', 'store'])(
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

  test.each(COMMANDS.map((entry) => [entry.name, entry] as const))(
    'each command of %s has examples, which the program takes',
    async (name, { argument, load }) => {
      const command = new Command(name)
      if (argument !== undefined) command.argument(...argument)
      const add = await load()
      add(command, () => {})
      for (const leaf of leavesOf(command)) {
        const path = leaf === command ? name : `${name} ${leaf.name()}`
        const examples = COMMAND_EXAMPLES[path] ?? []
        expect(examples.length, path).toBeGreaterThan(0)
        for (const { line } of examples) {
          const words = (line.match(/'[^']*'|"[^"]*"|[^ ]+/g) ?? []).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'))
          const args = words.slice(1 + path.split(' ').length)
          leaf.exitOverride()
          const { operands, unknown } = leaf.parseOptions(args)
          expect(unknown, line).toEqual([])
          expect(operands.length, line).toBeGreaterThanOrEqual(
            leaf.registeredArguments.filter((each) => each.required).length,
          )
        }
      }
    },
  )

  test('the options of the large commands stand under headings, what it tells last', async () => {
    for (const name of ['ingest', 'search', 'embed', 'eval', 'serve']) {
      const command = new Command(name).configureHelp(HELP_FORMAT)
      const add = await COMMANDS.find((each) => each.name === name)!.load()
      add(command, () => {})
      addOutputOptions(command)
      groupOptions(command)
      const headings = command.helpInformation().match(/^[A-Z].*:$/gm) ?? []
      expect(headings.length, name).toBeGreaterThan(3)
      expect(headings.at(-1), name).toBe('What it tells:')
    }
  })
})
