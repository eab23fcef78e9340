import { Command, Option } from 'commander'
import { expect, test } from 'vitest'
import { HELP_FORMAT } from '../../../src/cli/shared/help-format.js'

test('help prints each default once, as it is typed, and none that is empty', () => {
  const command = new Command('x')
    .configureHelp({ ...HELP_FORMAT, helpWidth: 200 })
    .option('--name <name>', 'a name', 'hybrid')
    .option('--list <a,b>', 'a list', (text) => text.split(','), ['a', 'b'])
    .option('--none <a>', 'nothing', (text) => text.split(','), [] as string[])
    .option('--said <n>', 'said (default: what was measured)', '9')
    .option('--flag', 'a flag', false)
    .addOption(new Option('--kind <kind>', 'a kind').choices(['x', 'y']).default('x'))
    .addOption(new Option('--made <n>', 'made').default(['a'], 'all'))
  const lines = command
    .helpInformation()
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' '))
  expect(lines.filter((line) => line.startsWith('--'))).toEqual([
    '--name <name> a name (default: hybrid)',
    '--list <a,b> a list (default: a,b)',
    '--none <a> nothing',
    '--said <n> said (default: what was measured)',
    '--flag a flag',
    '--kind <kind> a kind (choices: x, y; default: x)',
    '--made <n> made (default: all)',
  ])
})
