import { printable } from './printable.js'

/** How a part of a line stands out, by what it is. */
export type Emphasis = 'strong' | 'match' | 'quiet' | 'good' | 'warning' | 'bad' | 'bar'

/** A part of a line. What it says is shown as text, whatever it holds; how it looks is ours alone. */
export type StyledPart = string | { readonly text: string; readonly as: Emphasis }

/** A line of output. */
export type StyledLine = string | readonly StyledPart[]

/** SGR parameters that begin and end each emphasis; ends name what they end, so that nothing else is reset. */
const SGR: Readonly<Record<Emphasis, readonly [begin: string, end: string]>> = {
  strong: ['1', '22'],
  match: ['1;33', '22;39'],
  quiet: ['2', '22'],
  good: ['32', '39'],
  warning: ['33', '39'],
  bad: ['1;31', '22;39'],
  bar: ['36', '39'],
}

/** What colours depend on. */
export interface ColourStream {
  readonly isTTY?: boolean | undefined
  hasColors?(): boolean
}

/** Whether a stream takes colours: a terminal, unless NO_COLOR is set or TERM is dumb. */
export function takesColours(stream: ColourStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb' && !process.env.NO_COLOR && stream.hasColors?.() === true
}

/** A line as it is written: printable, with control sequences where there are colours. */
export function written(line: StyledLine, hasColours: boolean): string {
  return printableParts(line)
    .map((part) => {
      if (typeof part === 'string') return part
      const [begin, end] = SGR[part.as]
      return hasColours && part.text !== '' ? `\x1b[${begin}m${part.text}\x1b[${end}m` : part.text
    })
    .join('')
}

/** The parts of a line with their texts as they are shown ({@link printable}): what is measured is what is written. */
export function printableParts(line: StyledLine): StyledPart[] {
  const parts = typeof line === 'string' ? [line] : line
  return parts.map((part) => (typeof part === 'string' ? printable(part) : { ...part, text: printable(part.text) }))
}

/** What a line says. */
export function plainText(line: StyledLine): string {
  return printableParts(line)
    .map((part) => (typeof part === 'string' ? part : part.text))
    .join('')
}
