import type { HelpConfiguration, Option } from 'commander'

/** How help is printed: defaults once and as they are typed, not as JSON. */
export const HELP_FORMAT: HelpConfiguration = { showGlobalOptions: true, optionDescription: describeOption }

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
