import { type Command, InvalidArgumentError, Option } from 'commander'
import type { InputNotice } from '../../inputs/input-notice.js'
import type { DocumentMapping, RecordFormat } from '../../inputs/mapping/document-mapping.js'
import { TextRule } from '../../inputs/mapping/text-rule.js'
import { INPUT_FORMATS, type InputFormat } from '../../inputs/sources/input-format.js'
import { STDIN } from '../../inputs/sources/resolve-sources.js'
import { given } from '../../options.js'
import { parseNames } from '../shared/flags.js'
import type { Terminal } from '../shared/terminal.js'

/** Flags that say how files become documents. */
export interface MappingFlags {
  readonly text?: string[]
  readonly textTemplate?: string
  readonly title?: string
  readonly id?: string
  readonly fields?: string[]
  readonly exclude?: string[]
  readonly format?: InputFormat
  readonly delimiter?: string
  readonly encoding?: string
  readonly strings?: boolean
}

/** The options of every command that reads documents. */
export function addMappingOptions(command: Command): Command {
  return command
    .option(
      '--text <fields>',
      'field with the text, or several, joined by spaces (default: text, passage_text, document, content or body, with title in front)',
      parseFields,
    )
    .option(
      '--text-template <template>',
      "template that makes the text of several fields, such as '{Title}. {Abstract}'",
    )
    .option('--title <field>', 'field to put in front of the text (default: title, unless --text is given)')
    .option('--id <field>', 'field with the id (default: id, _id or qa_id)')
    .option('--fields <list>', 'fields that are stored, beside the id and the text (default: all)', parseFields)
    .option('--exclude <list>', 'fields that are not stored', parseFields)
    .addOption(
      new Option(
        '--format <kind>',
        'format of all sources, in place of what their endings say; text means one text per line (default for stdin: jsonl)',
      ).choices(INPUT_FORMATS),
    )
    .option('--delimiter <character>', 'character between CSV columns, or tab (default: detected)')
    .option(
      '--encoding <name>',
      'character encoding of CSV, JSON and text files, such as windows-1252 (default: utf-8; detected for CSV)',
    )
    .option('--strings', 'keep CSV values as text; do not turn them into numbers, booleans or null')
}

/** How files become documents, by the flags. */
export function mappingOf(flags: MappingFlags): DocumentMapping & RecordFormat {
  const { textTemplate: template, delimiter, text, title, id, fields, exclude, format, encoding, strings } = flags
  const named = delimiter && (DELIMITERS[delimiter.toLowerCase()] ?? delimiter)
  return given({ text, template, title, id, fields, exclude, format, encoding, strings, delimiter: named })
}

/** Delimiters that are hard to type, or are better known by a name. */
const DELIMITERS: Readonly<Record<string, string>> = {
  tab: '\t',
  '\\t': '\t',
  comma: ',',
  semicolon: ';',
  bar: '|',
  pipe: '|',
}

/** The fields that the text is made of, where they were named; a single one as such. */
export function textFieldsOf(flags: MappingFlags): string | readonly string[] | undefined {
  const { named } = new TextRule(mappingOf(flags))
  return named.length === 0 ? undefined : named.length === 1 ? named[0] : named
}

function parseFields(text: string): string[] {
  const fields = parseNames(text)
  if (fields.includes('')) throw new InvalidArgumentError('Expected the name of a field, or several with commas.')
  return fields
}

/** Prints what was found out about the input. */
export function tellNotice(terminal: Terminal): (notice: InputNotice) => void {
  return ({ kind, file, message }) =>
    terminal.note(kind === 'folder' ? message : `${file === STDIN ? 'stdin' : file}: ${message}`)
}
