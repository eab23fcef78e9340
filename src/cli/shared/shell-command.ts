import { widthOf } from './fit-width.js'

/** A command of this program as it is typed into a shell. */
export function formatCommand(args: readonly string[]): string {
  return wordsOfCommand(args).join(' ')
}

/** The same on lines of at most so many columns, which a backslash joins: as a whole it can be pasted. An argument is never cut. */
export function commandLines(args: readonly string[], columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of wordsOfCommand(args)) {
    if (line === '') line = `  ${word}`
    else if (widthOf(line) + widthOf(word) + ' '.length + ' \\'.length <= columns) line += ` ${word}`
    else {
      lines.push(`${line} \\`)
      line = `    ${word}`
    }
  }
  return [...lines, line]
}

function wordsOfCommand(args: readonly string[]): string[] {
  const quoted = args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`))
  return ['offgrid', ...quoted]
}
