/**
 * What a terminal acts on: the control characters of ASCII but for tab and line end, those of Latin-1, and what turns the direction of writing around.
 * A document, a file's name or a server could set the clipboard with them, or make a line say what it does not.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ACTED_ON = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g

/** Of these, what JSON.stringify leaves as it is. */
const LEFT_BY_JSON = /[\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g

/** A text as it may be written to a terminal: what a terminal would act on is shown in its escaped form. */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(ACTED_ON, escaped)
}

/** A value as JSON that may be written to a terminal, and means the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(LEFT_BY_JSON, escapedInJson)
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : escapedInJson(character)
}

function escapedInJson(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
