import { Help, type HelpConfiguration, type Option } from 'commander'
import { inHeadingOrder } from './option-groups.js'
import { written } from './styled.js'

/** How help is printed: defaults once and as they are typed, not as JSON; commander takes colours away where there are none. */
export const HELP_FORMAT: HelpConfiguration = {
  showGlobalOptions: true,
  optionDescription: describeOption,
  groupItems: (unsorted, visible, getGroup) => inHeadingOrder(Help.prototype.groupItems(unsorted, visible, getGroup)),
  styleTitle: (title) => written([{ text: title, as: 'strong' }], true),
  styleOptionTerm: (term) => written([{ text: term, as: 'bar' }], true),
  styleSubcommandTerm: (term) => written([{ text: term, as: 'bar' }], true),
}

function describeOption({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const choices = argChoices === undefined ? [] : [`choices: ${argChoices.join(', ')}`]
  const text = defaultValueDescription ?? typedDefault(defaultValue)
  const isSaid = text === '' || /\(default\b/.test(description)
  const notes = isSaid ? choices : [...choices, `default: ${text}`]
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`
}

/** A default as it is typed; empty where there is none to speak of. */
function typedDefault(value: unknown): string {
  if (value === undefined || typeof value === 'boolean') return ''
  return Array.isArray(value) ? value.join(',') : String(value)
}
