import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/command-list.js'
import { completedCommands, completionScript } from '../../../src/cli/commands/completion-command.js'
import { addOutputOptions } from '../../../src/cli/shared/output-options.js'

const hasShell = (name: string) => spawnSync(name, ['-c', 'exit 0']).status === 0

let folder: string
const file = (shell: string) => join(folder, `offgrid.${shell}`)
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-completion-'))
  const program = new Command('offgrid')
  for (const { name, summary, argument, load } of COMMANDS) {
    const command = program.command(name).description(summary)
    if (argument !== undefined) command.argument(...argument)
    const add = await load()
    add(command, () => {})
    addOutputOptions(command)
  }
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    writeFileSync(file(shell), completionScript(shell, completedCommands(program)))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a user gets who types these words and the tabulator. */
function completedByBash(words: readonly string[]): string[] {
  const script = `source '${file('bash')}'; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _offgrid; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n')
}

describe.skipIf(!hasShell('bash'))('completion of bash', () => {
  test.each([
    ['offgrid inge', ['ingest']],
    ['offgrid models un', ['unbundle']],
    ['offgrid store d', ['drop', 'delete']],
    ['offgrid ingest docs.jsonl --prec', ['--precision']],
    ['offgrid ingest --precision ', ['fp32', 'int8', 'bf16']],
    ['offgrid search --fusion r', ['rrf']],
    ['offgrid completion ', ['bash', 'zsh', 'fish']],
    ['offgrid store drop notes --u', ['--url']],
    // an argument that is another command's name
    ['offgrid search serve --rerank-', ['--rerank-model']],
    // the shell's own completion of files takes over
    ['offgrid ingest --store ', ['']],
    ['offgrid ingest docs', ['']],
  ])('%s<TAB>', (line, expected) => {
    expect(completedByBash(line.split(' '))).toEqual(expected)
  })

  test('every command stands behind the program', () => {
    expect(completedByBash(['offgrid', ''])).toEqual(COMMANDS.map(({ name }) => name))
  })
})

describe.skipIf(!hasShell('zsh'))('completion of zsh', () => {
  test.each([
    ['offgrid ingest --precision ', 'fp32\nint8\nbf16'],
    ['offgrid models p', /^pull:Fetch a model/m],
    ['offgrid ingest --prec', /^--precision:arithmetic of the model; bf16 on arm64 only$/m],
  ])('%s<TAB>', (line, expected) => {
    const shown = `compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _describe() { print -l -- "\${(P@)@[-1]}"; }`
    const script = `${shown}; source '${file('zsh')}'; words=("$@"); CURRENT=$#; _offgrid`
    const output = execFileSync('zsh', ['-fc', script, 'zsh', ...line.split(' ')], { encoding: 'utf8' }).trim()
    if (typeof expected === 'string') expect(output).toBe(expected)
    else expect(output).toMatch(expected)
  })
})

describe.skipIf(!hasShell('fish'))('completion of fish', () => {
  test.each([
    ['offgrid inge', /^ingest\t/],
    ['offgrid models un', /^unbundle\t/],
    ['offgrid ingest --precision ', /^fp32\t.*\nint8\t/],
    ['offgrid completion ', /^bash\nfish\nzsh$/],
  ])('%s<TAB>', (line, expected) => {
    const output = execFileSync('fish', ['-c', `source '${file('fish')}'; complete -C '${line}'`], { encoding: 'utf8' })
    expect(output.trim()).toMatch(expected)
  })
})
