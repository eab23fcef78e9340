import type { Command, Option } from 'commander'
import { type CommonFlags, Terminal } from '../shared/terminal.js'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** Its name, after that of its group. */
  readonly path: readonly string[]
  readonly summary: string
  readonly options: readonly Option[]
  /** What an argument may be, where that is one of a few words. */
  readonly words: readonly string[]
}

/** The command `completion`: its parent has all commands with their options. */
export function addCompletion(command: Command): void {
  command.registeredArguments[0]?.choices(SHELLS)
  command
    .addHelpText('after', '\nWhere the script belongs: docs/completion.md.')
    .action((shell: Shell, flags: CommonFlags) => {
      const script = completionScript(shell, completedCommands(command.parent!))
      new Terminal(flags).result({ shell, script }, script)
    })
}

/** All commands below a program, groups before what they hold. */
export function completedCommands(program: Command, before: readonly string[] = []): CompletedCommand[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .flatMap((command) => {
      if (command.name() === 'help') return []
      const path = [...before, command.name()]
      const help = command.createHelp()
      const words = [
        ...command.commands.map((inner) => inner.name()),
        ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
      ]
      const summary = firstSentence(command.description())
      return [{ path, summary, options: help.visibleOptions(command), words }, ...completedCommands(command, path)]
    })
}

/** A script that tells a shell what may follow what was typed; it starts no process. Files are completed where nothing else is known. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  if (shell === 'fish') return fishScript(commands)
  return shell === 'bash' ? bashScript(commands) : zshScript(commands)
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const roots = namesAt(commands, [])
  return `# offgrid: completion for bash
_offgrid() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= i
  for ((i = 1; i < COMP_CWORD; i += 1)); do
    case "$at \${COMP_WORDS[i]}" in
${casesOfWords(commands)}
    esac
  done
  COMPREPLY=()
  case "$at $prev" in
${choicesOf(commands)
  .map(
    ({ key, choices }) =>
      `    ${quoted(key)}) COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur")); return ;;`,
  )
  .join('\n')}
${valuedOf(commands)
  .map((key) => `    ${quoted(key)}) return ;;`)
  .join('\n')}
  esac
  local words= options=
  case "$at" in
    '') words=${quoted(roots.join(' '))} options='--help --version' ;;
${commands
  .map(
    ({ path, words, options }) =>
      `    ${quoted(path.join(' '))}) words=${quoted(words.join(' '))} options=${quoted(longNames(options).join(' '))} ;;`,
  )
  .join('\n')}
  esac
  if [[ $cur == -* ]]; then words=$options; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _offgrid offgrid`
}

function zshScript(commands: readonly CompletedCommand[]): string {
  const described = (items: readonly (readonly [name: string, what: string])[]) =>
    items.map(([name, what]) => quoted(`${name.replaceAll(':', '\\:')}:${what}`)).join(' ')
  return `#compdef offgrid
# offgrid: completion for zsh
_offgrid() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} at= word
  local -a inner options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
${casesOfWords(commands)}
    esac
  done
  case "$at $prev" in
${choicesOf(commands)
  .map(({ key, choices }) => `    ${quoted(key)}) compadd -- ${choices.map(quoted).join(' ')}; return ;;`)
  .join('\n')}
${valuedOf(commands)
  .map((key) => `    ${quoted(key)}) _files; return ;;`)
  .join('\n')}
  esac
  case "$at" in
    '') inner=(${described(commandsAt(commands, []))}) options=('--help:show help' '--version:show the version') ;;
${commands
  .map((command) => {
    const names = commandsAt(commands, command.path)
    const words = names.length > 0 ? names : command.words.map((word) => [word, ''] as const)
    const options = command.options.flatMap(({ long, description }) =>
      long ? [[long, firstSentence(description)] as const] : [],
    )
    return `    ${quoted(command.path.join(' '))}) inner=(${described(words)}) options=(${described(options)}) ;;`
  })
  .join('\n')}
  esac
  if [[ $cur == -* ]]; then _describe -o option options
  elif (( \${#inner} )); then _describe command inner
  else _files; fi
}
if [[ \${funcstack[1]} == _offgrid ]]; then _offgrid "$@"; else compdef _offgrid offgrid; fi`
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ path, summary, options, words }) => {
    const [name = '', inner] = path
    const others = namesAt(commands, [name]).join(' ')
    const parent =
      inner === undefined
        ? '__fish_use_subcommand'
        : `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${others}`
    const here = path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
    const isGroup = inner === undefined && others !== ''
    return [
      `complete -c offgrid -f -n ${fishQuoted(parent)} -a ${path.at(-1)} -d ${fishQuoted(summary)}`,
      ...(words.length > 0 && !isGroup
        ? [`complete -c offgrid -f -n ${fishQuoted(here)} -a ${fishQuoted(words.join(' '))}`]
        : []),
      ...options.flatMap((option) => {
        if (!option.long) return []
        const value = option.argChoices
          ? ` -x -a ${fishQuoted(option.argChoices.join(' '))}`
          : option.required || option.optional
            ? ' -r'
            : ''
        const what = fishQuoted(firstSentence(option.description))
        return [`complete -c offgrid -n ${fishQuoted(here)} -l ${option.long.slice(2)}${value} -d ${what}`]
      }),
    ]
  })
  return ['# offgrid: completion for fish', ...lines].join('\n')
}

/** The commands right below a path, each with its own name. */
function commandsAt(commands: readonly CompletedCommand[], path: readonly string[]): (readonly [string, string])[] {
  return commands
    .filter((each) => each.path.length === path.length + 1 && path.every((word, i) => each.path[i] === word))
    .map((each) => [each.path.at(-1)!, each.summary])
}

function namesAt(commands: readonly CompletedCommand[], path: readonly string[]): string[] {
  return commandsAt(commands, path).map(([name]) => name)
}

/** Cases of bash and zsh that follow the words to the command that they name. */
function casesOfWords(commands: readonly CompletedCommand[]): string {
  return commands
    .map(
      ({ path }) => `      ${quoted(`${path.slice(0, -1).join(' ')} ${path.at(-1)}`)}) at=${quoted(path.join(' '))} ;;`,
    )
    .join('\n')
}

function longNames(options: readonly Option[]): string[] {
  return options.flatMap(({ long }) => long ?? [])
}

/** `ingest --precision` and what may follow it. */
function choicesOf(commands: readonly CompletedCommand[]): { key: string; choices: readonly string[] }[] {
  return commands.flatMap(({ path, options }) =>
    options.flatMap(({ long, argChoices }) =>
      long && argChoices ? [{ key: `${path.join(' ')} ${long}`, choices: argChoices }] : [],
    ),
  )
}

/** `ingest --store`: options whose value is a file, or something that only the user knows. */
function valuedOf(commands: readonly CompletedCommand[]): string[] {
  return commands.flatMap(({ path, options }) =>
    options.flatMap(({ long, argChoices, required, optional }) =>
      long && !argChoices && (required || optional) ? [`${path.join(' ')} ${long}`] : [],
    ),
  )
}

function firstSentence(text: string): string {
  return text.split(/[.:;](?:\s|$)|\n/)[0]!.trim()
}

/** As one word of bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
