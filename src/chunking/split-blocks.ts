/** How a text is marked up. */
export type TextFormat = 'plain' | 'markdown'

/** A part of a text that is never joined to its neighbours as one sentence; offsets in UTF-16 units, `end` exclusive. */
export interface Block {
  readonly start: number
  readonly end: number
  /** `lines`: code, tables and front matter, where a line is the unit and not the sentence. */
  readonly kind: 'paragraph' | 'heading' | 'lines'
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/
const UNDERLINE = /^ {0,3}(?:=+|-+)[ \t]*$/
const LIST_ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])[ \t]/
const TABLE_ROW = /^\s*\|/

/** Cuts a text into blocks: at empty lines, and in Markdown also at headings, list items, tables and fenced code. */
export function splitBlocks(text: string, format: TextFormat): Block[] {
  const blocks: Block[] = []
  let open = null as Block | null
  /** The end of the fence or front matter that is open. */
  let closing: RegExp | null = null

  for (const { start, end } of linesOf(text)) {
    const line = text.slice(start, end)
    if (closing !== null) {
      open = extend(open, start, end, 'lines')
      if (closing.test(line)) {
        close()
        closing = null
      }
    } else if (line.trim() === '') close()
    else if (format === 'plain') open = extend(open, start, end, 'paragraph')
    else if (FENCE.test(line)) {
      close()
      open = extend(null, start, end, 'lines')
      const mark = FENCE.exec(line)![1]!
      closing = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}[ \\t]*$`)
    } else if (start === 0 && line.trimEnd() === '---' && /\n(?:---|\.\.\.)[ \t]*\r?(?:\n|$)/.test(text)) {
      open = extend(null, start, end, 'lines')
      closing = /^(?:---|\.\.\.)\s*$/
    } else if (HEADING.test(line)) {
      close()
      blocks.push({ start, end, kind: 'heading' })
    } else if (UNDERLINE.test(line) && open?.kind === 'paragraph') {
      blocks.push({ start: open.start, end, kind: 'heading' })
      open = null
    } else {
      const kind = TABLE_ROW.test(line) ? 'lines' : 'paragraph'
      if (kind !== open?.kind || LIST_ITEM.test(line)) close()
      open = extend(open, start, end, kind)
    }
  }
  close()
  return blocks

  function close(): void {
    if (open !== null) blocks.push(open)
    open = null
  }
}

/** The open block with one more line, or a new one. */
function extend(open: Block | null, start: number, end: number, kind: Block['kind']): Block {
  return { start: open?.start ?? start, end, kind }
}

/** The lines of a text without their LF or CRLF. */
export function* linesOf(text: string, from = 0, to = text.length): Generator<{ start: number; end: number }> {
  for (let start = from; start < to; ) {
    const newline = text.indexOf('\n', start)
    const next = newline < 0 || newline >= to ? to : newline + 1
    let end = next
    while (end > start && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--
    yield { start, end }
    start = next
  }
}
