import { optionError } from '../../errors.js'

/** A template in pieces: text as it is, and fields by their paths. */
export type TemplatePiece = { readonly literal: string } | { readonly field: string }

/**
 * Takes `{Title}. {Abstract}` apart; `{{` and `}}` are braces.
 * @throws InputError `INVALID_OPTION` for a brace without its other, or a template without a field
 */
export function parseTemplate(where: string, template: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = []
  let literal = ''
  let at = 0
  while (at < template.length) {
    const two = template.slice(at, at + 2)
    const field = /^\{([^{}]+)\}/.exec(template.slice(at))
    if (two === '{{' || two === '}}') {
      literal += two[0]
      at += 2
    } else if (field !== null) {
      if (literal !== '') pieces.push({ literal })
      literal = ''
      pieces.push({ field: field[1]!.trim() })
      at += field[0].length
    } else if (template[at] === '{' || template[at] === '}') {
      throw optionError(
        `${where}: expected {FIELD} in the template, got ${JSON.stringify(template.slice(at, at + 20))}; a brace itself is written twice.`,
      )
    } else literal += template[at++]
  }
  if (literal !== '') pieces.push({ literal })
  if (!pieces.some((piece) => 'field' in piece && piece.field !== '')) {
    throw optionError(
      `${where}: expected a template with a field, such as '{Title}. {Abstract}', got ${JSON.stringify(template)}.`,
    )
  }
  return pieces
}
